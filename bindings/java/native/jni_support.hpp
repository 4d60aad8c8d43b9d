#pragma once

#include <jni.h>

#include <string>
#include <string_view>
#include <vector>

/// What the typemaps in aistudio.i are made of.
namespace aistudio::java {

/// A `byte[]` that is only touched during the call it is given to.
struct byte_array {
    JNIEnv* env;
    jbyteArray array;

    [[nodiscard]] int size() const { return env->GetArrayLength(array); }
    void copy_to(char* to, int offset, int length) const {
        env->GetByteArrayRegion(array, offset, length, reinterpret_cast<jbyte*>(to));
    }
    void copy_from(const char* from, int length) const {
        env->SetByteArrayRegion(array, 0, length, reinterpret_cast<const jbyte*>(from));
    }
};

/// The same of a `double[]`.
struct double_array {
    JNIEnv* env;
    jdoubleArray array;

    [[nodiscard]] std::vector<double> copy() const {
        std::vector<double> out(static_cast<std::size_t>(env->GetArrayLength(array)));
        env->GetDoubleArrayRegion(array, 0, static_cast<jsize>(out.size()), out.data());
        return out;
    }
};

/// The memory of a direct `ByteBuffer`.
struct direct_memory {
    const char* data;

    [[nodiscard]] std::string_view text(int offset, int length) const {
        return {data + offset, static_cast<std::size_t>(length)};
    }
};

/// False with a Java exception pending: null, or out of memory.
bool read_bytes(JNIEnv* env, jbyteArray from, std::string& to);
/// The same for what is not read here; false with a `NullPointerException` pending.
bool require(JNIEnv* env, jobject given);
/// Null with a Java exception pending when there is no memory.
jbyteArray make_bytes(JNIEnv* env, std::string_view from);
/// Turns the C++ exception that is being handled into a pending Java exception.
void throw_current(JNIEnv* env);

} // namespace aistudio::java
