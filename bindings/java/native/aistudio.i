// The native layer of the Java binding. Its classes are internal: what users see is in
// org.aistudio.sdk.
%module(directors="1") AiStudioNative

%begin %{
// Threads of the local studio call Java handlers: attached once each, and never keep the JVM alive.
#define SWIG_JAVA_DETACH_ON_THREAD_END
#define SWIG_JAVA_ATTACH_CURRENT_THREAD_AS_DAEMON
%}

%{
#include "bridge.hpp"
#include "jni_support.hpp"
%}

// Text and values are bytes. SWIG's own std::string is modified UTF-8: emoji would arrive broken.
namespace std { class string; }
%naturalvar std::string;
%typemap(jni) std::string, const std::string& "jbyteArray"
%typemap(jtype) std::string, const std::string& "byte[]"
%typemap(jstype) std::string, const std::string& "byte[]"
%typemap(javain) std::string, const std::string& "$javainput"
%typemap(javaout) std::string, const std::string& { return $jnicall; }
%typemap(in) const std::string& (std::string text) {
    if (!aistudio::java::read_bytes(jenv, $input, text)) return $null;
    $1 = &text;
}
%typemap(out) std::string %{ $result = aistudio::java::make_bytes(jenv, $1); %}
%typemap(directorin, descriptor="[B") const std::string& %{
    $input = aistudio::java::make_bytes(jenv, $1);
    Swig::LocalRefGuard $1_refguard(jenv, $input);
%}
%typemap(javadirectorin) const std::string& "$jniinput"
%typemap(directorin, descriptor="[B") std::string "" // of what the function returns
%typemap(directorout) std::string %{
    if (!aistudio::java::read_bytes(jenv, $input, $result)) jenv->ExceptionClear();
    if ($input) jenv->DeleteLocalRef($input);
%}
%typemap(javadirectorout) std::string "$javacall"

// Arrays are read where they are.
namespace aistudio::java {
struct byte_array;
struct double_array;
struct direct_memory;
}
%define AISTUDIO_ARRAY(type, jni_type, java_type)
%typemap(jni) type "jni_type"
%typemap(jtype) type "java_type"
%typemap(jstype) type "java_type"
%typemap(javain) type "$javainput"
%enddef
AISTUDIO_ARRAY(aistudio::java::byte_array, jbyteArray, byte[])
AISTUDIO_ARRAY(aistudio::java::double_array, jdoubleArray, double[])
AISTUDIO_ARRAY(aistudio::java::direct_memory, jobject, java.nio.ByteBuffer)
%typemap(in) aistudio::java::byte_array, aistudio::java::double_array %{
    if (!aistudio::java::require(jenv, $input)) return $null;
    $1.env = jenv;
    $1.array = $input;
%}
%typemap(in) aistudio::java::direct_memory %{
    if (!aistudio::java::require(jenv, $input)) return $null;
    $1.data = static_cast<const char*>(jenv->GetDirectBufferAddress($input));
%}

// Lifetimes are the business of `Handle`, which has a Cleaner.
%typemap(javafinalize) SWIGTYPE ""

%exception %{
    try {
        $action
    } catch (...) {
        aistudio::java::throw_current(jenv);
        return $null;
    }
%}

%newobject aistudio::java::native_client::events;
%ignore aistudio::java::native_events::impl;
%ignore aistudio::java::native_events::native_events;
%rename("%(camelcase)s", %$isclass) "";
%rename("%(lowercamelcase)s", %$isfunction) "";

%feature("director") aistudio::java::native_handler;

%include "bridge.hpp"
