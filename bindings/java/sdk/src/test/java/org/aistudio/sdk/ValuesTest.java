package org.aistudio.sdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.aistudio.sdk.internal.AiStudioNative;
import org.aistudio.sdk.internal.NativeLibrary;
import org.aistudio.sdk.internal.Utf8;
import org.aistudio.sdk.internal.ValueCodec;
import org.aistudio.sdk.internal.WireReader;
import org.aistudio.sdk.internal.WireWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ValuesTest {
    private static final String KEY = "canary-key-8f1c";

    private static Service.Builder service() {
        return Service.builder()
                .id(1L << 62)
                .name("价格 🏠")
                .state("online")
                .apiKey(Secret.of(KEY))
                .inputs(List.of(
                        TensorSpec.builder().name("x").shape(List.of(-1L, 13L)).build()))
                .hasConverter(true)
                .createdAt(Instant.ofEpochMilli(1_795_260_480_123L));
    }

    private static Service throughCpp(Service value) {
        NativeLibrary.load();
        WireWriter out = new WireWriter();
        ValueCodec.writeService(out, value);
        byte[] bytes = AiStudioNative.roundTrip(Utf8.encode("service"), out.toByteArray());
        return ValueCodec.readService(new WireReader(bytes));
    }

    @Test
    void builder_without_members_has_the_defaults_of_the_core() {
        assertEquals("float32", TensorSpec.builder().build().dtype());
        assertEquals("unknown", Service.builder().build().state());
        assertEquals(Optional.empty(), Service.builder().build().createdAt());
    }

    @Test
    void value_through_cpp_is_equal() {
        assertEquals(service().build(), throughCpp(service().build()));
    }

    @Test
    void value_of_defaults_through_cpp_is_equal() {
        Service defaults = Service.builder().build();
        assertEquals(defaults, throughCpp(defaults));
    }

    @Test
    void enumeration_unknown_value_survives() {
        assertEquals("frozen", throughCpp(service().state("frozen").build()).state());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "plain", "价格", "🏠", "\0", "a\0b", "\uD803\uDFFF", "\uDBFF\uDFFF", "\uFFFF"})
    void text_through_cpp_is_exact(String text) {
        assertEquals(text, throughCpp(service().name(text).build()).name());
    }

    @Test
    void text_with_a_lone_surrogate_is_refused() {
        Service value = service().name("\uD800").build();
        assertThrows(IllegalArgumentException.class, () -> throughCpp(value));
    }

    @Test
    void toBuilder_changes_one_member() {
        Service changed = service().build().toBuilder().name("b").build();
        assertEquals(service().name("b").build(), changed);
        assertNotEquals(service().build(), changed);
    }

    @Test
    void list_given_is_copied() {
        List<Long> shape = new ArrayList<>(List.of(1L));
        TensorSpec spec = TensorSpec.builder().shape(shape).build();
        shape.add(2L);
        assertEquals(List.of(1L), spec.shape());
        assertThrows(UnsupportedOperationException.class, () -> spec.shape().add(3L));
    }

    @Test
    void member_null_is_refused_by_name() {
        Service.Builder builder = service().name(null);
        NullPointerException e = assertThrows(NullPointerException.class, builder::build);
        assertEquals("name", e.getMessage());
    }

    @Test
    void toString_hides_secrets() {
        assertFalse(service().build().toString().contains(KEY));
        assertEquals("***", Secret.of(KEY).toString());
    }
}
