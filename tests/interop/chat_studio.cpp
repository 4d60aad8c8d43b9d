// A studio that serves a chat handler, until its input ends: chat_studio FOLDER
//
// The handler says what it was asked, a word at a time. It fails at `fail`, fails at the third word
// at `break`, and tells how often a listener left at `left`.

#include <aistudio/local/studio.hpp>

#include <atomic>
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>

namespace {

using namespace aistudio;

std::atomic<int> left{0};

result<void> answer(const local::chat_call& call, const local::chat_listener& say) {
    const auto& asked = call.messages.back().content;
    if (asked == "fail")
        return make_problem(errc::service_failed, "The model is tired.");
    if (asked == "left") {
        say(std::to_string(left));
        return {};
    }
    if (asked == "forever") {
        while (say("on and on "))
            continue;
        ++left;
        return {};
    }
    std::istringstream words(asked);
    int n = 0;
    for (std::string word; words >> word; ++n) {
        if (asked.starts_with("break") && n == 2)
            return make_problem(errc::service_failed, "The model broke off.");
        say((n == 0 ? "" : " ") + word);
    }
    return {};
}

} // namespace

int main(int, char** argv) {
    local::studio_options options;
    options.directory = argv[1];
    auto studio = local::studio::start(options).value();
    const auto base = studio.serve_chat(answer).value();
    std::cout << "{\"base_url\": \"" << base << "\", \"token\": \""
              << studio.access_token().reveal() << "\"}" << std::endl;
    while (std::getchar() != EOF)
        continue;
}
