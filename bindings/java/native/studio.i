// The local studio's native layer, a library of its own: it needs more of the system than a client.
%module(directors="1") StudioNative

%begin %{
// Threads of the local studio call Java handlers: attached once each, and never keep the JVM alive.
#define SWIG_JAVA_DETACH_ON_THREAD_END
#define SWIG_JAVA_ATTACH_CURRENT_THREAD_AS_DAEMON
%}

%{
#include "studio_bridge.hpp"
#include "jni_support.hpp"
%}

%include "common.i"

%feature("director") aistudio::java::native_handler;
%feature("director") aistudio::java::native_chat_handler;

%include "studio_bridge.hpp"
