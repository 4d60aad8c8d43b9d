#pragma once

#include <jni.h>

#include <string>
#include <string_view>

/// What the typemaps in aistudio.i are made of.
namespace aistudio::java {

/// False with a Java exception pending: null, or out of memory.
bool read_bytes(JNIEnv* env, jbyteArray from, std::string& to);
/// Null with a Java exception pending when there is no memory.
jbyteArray make_bytes(JNIEnv* env, std::string_view from);
/// Turns the C++ exception that is being handled into a pending Java exception.
void throw_current(JNIEnv* env);

} // namespace aistudio::java
