package org.aistudio.sdk.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.lang.reflect.Type;
import org.aistudio.sdk.JsonCodec;

/** Jackson's databind with its defaults, but unknown members are skipped: services grow. */
final class JacksonCodec implements JsonCodec {
    private final ObjectMapper mapper = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .findAndAddModules()
            .build();

    @Override
    public byte[] write(Object value) {
        try {
            return mapper.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("The record cannot be written as JSON: " + e.getOriginalMessage(), e);
        }
    }

    @Override
    public <T> T read(byte[] json, int offset, int length, Type type) {
        try {
            return mapper.readValue(json, offset, length, mapper.constructType(type));
        } catch (IOException e) {
            throw new IllegalArgumentException("The answer is no " + type.getTypeName() + ": " + e.getMessage(), e);
        }
    }
}
