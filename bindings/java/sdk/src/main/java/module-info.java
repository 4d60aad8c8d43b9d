/** SDK and local studio for Baidu AI Studio. */
module org.aistudio.sdk {
    requires static com.fasterxml.jackson.databind;
    requires static org.slf4j;

    exports org.aistudio.sdk;
}
