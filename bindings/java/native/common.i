// How text, values and failures cross; for the modules of this folder.
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

%rename("%(camelcase)s", %$isclass) "";
%rename("%(lowercamelcase)s", %$isfunction) "";
