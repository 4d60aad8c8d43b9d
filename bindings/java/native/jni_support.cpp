#include "jni_support.hpp"

#include "failure.hpp"
#include "value_bytes.hpp"

#include <exception>
#include <limits>
#include <new>
#include <stdexcept>

namespace aistudio::java {
namespace {

void throw_new(JNIEnv* env, const char* type, const char* ascii) {
    if (const jclass c = env->FindClass(type); c != nullptr)
        env->ThrowNew(c, ascii);
}

/// `Failures` makes the exception, so that the classes are listed in Java only.
void throw_problem(JNIEnv* env, const problem& p) {
    const jbyteArray bytes = make_bytes(env, to_bytes(bindings::failure_of(p)));
    const jclass failures = env->FindClass("org/aistudio/sdk/Failures");
    if (bytes == nullptr || failures == nullptr)
        return;
    const auto make = env->GetStaticMethodID(failures, "exception", "([B)Ljava/lang/Throwable;");
    if (make == nullptr)
        return;
    auto* made = env->CallStaticObjectMethod(failures, make, bytes);
    if (env->ExceptionCheck() == JNI_FALSE && made != nullptr)
        env->Throw(static_cast<jthrowable>(made));
}

} // namespace

bool require(JNIEnv* env, jobject given) {
    if (given == nullptr)
        throw_new(env, "java/lang/NullPointerException", "what is sent must not be null");
    return given != nullptr;
}

bool read_bytes(JNIEnv* env, jbyteArray from, std::string& to) {
    if (!require(env, from))
        return false;
    const auto size = env->GetArrayLength(from);
    to.resize(static_cast<std::size_t>(size));
    env->GetByteArrayRegion(from, 0, size, reinterpret_cast<jbyte*>(to.data()));
    return true;
}

jbyteArray make_bytes(JNIEnv* env, std::string_view from) {
    if (from.size() > static_cast<std::size_t>(std::numeric_limits<jsize>::max())) {
        throw_new(env, "java/lang/OutOfMemoryError", "more than 2 GiB do not fit into an array");
        return nullptr;
    }
    const auto size = static_cast<jsize>(from.size());
    const jbyteArray out = env->NewByteArray(size);
    if (out != nullptr)
        env->SetByteArrayRegion(out, 0, size, reinterpret_cast<const jbyte*>(from.data()));
    return out;
}

void throw_current(JNIEnv* env) {
    try {
        throw;
    } catch (const api_error& e) {
        throw_problem(env, e.problem());
    } catch (const std::bad_alloc&) {
        throw_new(env, "java/lang/OutOfMemoryError", "the native part has no memory left");
    } catch (const std::exception& e) {
        throw_problem(env, make_problem(errc::internal_error, e.what()));
    }
}

} // namespace aistudio::java
