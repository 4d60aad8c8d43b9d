/** SDK and local studio for Baidu AI Studio. */
module org.aistudio.sdk {
    requires static com.fasterxml.jackson.databind;

    exports org.aistudio.sdk;
}
