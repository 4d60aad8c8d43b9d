/** SDK and local studio for Baidu AI Studio. */
module org.aistudio.sdk {
    exports org.aistudio.sdk;
}
