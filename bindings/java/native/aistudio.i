// The client's native layer. Its classes are internal: what users see is in org.aistudio.sdk.
%module AiStudioNative

%{
#include "bridge.hpp"
#include "jni_support.hpp"
%}

%include "common.i"

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

%newobject aistudio::java::native_client::events;
%ignore aistudio::java::native_events::impl;
%ignore aistudio::java::native_events::native_events;

%include "bridge.hpp"
