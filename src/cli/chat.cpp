#include "cli/command.hpp"
#include "cli/input.hpp"
#include "cli/text.hpp"

#include <cstdlib>
#include <iostream>
#include <unistd.h>

namespace aistudio::cli {
namespace {

struct chat_arguments {
    argument<std::string> question;
    argument<std::string> model;
    argument<std::string> system;
    argument<double> temperature;
    argument<std::int64_t> max_tokens;
    argument<std::string> extra;
    argument<std::string> endpoint;

    explicit chat_arguments(CLI::App& verb)
        : question(verb, "QUESTION",
                   "What to ask; - reads it from standard input, as does leaving it out where that "
                   "is no terminal"),
          model(verb, "--model,-m", "The model's name", "ernie-4.5-turbo-128k-preview"),
          system(verb, "--system,-s", "What the model is told before everything else"),
          temperature(verb, "--temperature", "How freely words are chosen"),
          max_tokens(verb, "--max-tokens", "Longest answer, in tokens"),
          extra(verb, "--extra", "More parameters, as a JSON object"),
          endpoint(verb, "--endpoint",
                   "Another OpenAI-compatible service; its key is in AISTUDIO_CHAT_KEY") {
        model.shown_as("NAME");
        temperature.check(CLI::Range(0.0, 100.0));
        max_tokens.check(positive());
        extra.shown_as("JSON");
        endpoint.shown_as("URL");
    }

    [[nodiscard]] chat_request request() const {
        chat_request out;
        out.model = *model;
        out.extra = *extra;
        if (!system->empty())
            out.messages.push_back({.role = "system", .content = *system});
        if (temperature.given())
            out.temperature = *temperature;
        if (max_tokens.given())
            out.max_tokens = *max_tokens;
        return out;
    }

    [[nodiscard]] chat_options options(const context& ctx) const {
        chat_options out;
        out.base_url = *endpoint;
        if (!out.base_url.empty())
            out.api_key = secret(process_environment()("AISTUDIO_CHAT_KEY").value_or(""));
        out.call.deadline = ctx.timeout();
        return out;
    }
};

/// Prints an answer as it comes, and returns it.
chat_answer stream(context& ctx, const chat_request& request, const chat_options& options) {
    const bool for_people = ::isatty(STDOUT_FILENO) != 0;
    bool ended_line = true;
    const auto print = [&](const chat_delta& piece) {
        if (piece.index != 0 || piece.content.empty())
            return;
        std::cout << (for_people ? harmless(piece.content) : piece.content) << std::flush;
        ended_line = piece.content.ends_with('\n');
    };
    const auto answer = ctx.client().chat().stream(request, print, options);
    if (!ended_line)
        std::cout << std::endl;
    return answer.value();
}

int ask_once(context& ctx, chat_request request, const chat_options& options,
             std::string question) {
    while (question.ends_with('\n') || question.ends_with('\r'))
        question.pop_back();
    if (question.empty())
        throw usage_error("There is no question.");
    request.messages.push_back({.content = std::move(question)});
    if (ctx.global.json)
        return ctx.write_json(ctx.client().chat().complete(request, options).value());
    (void)stream(ctx, request, options);
    return succeeded;
}

/// Asks with all that was said before. A failure is told and takes the question back.
void go_on(context& ctx, chat_request& request, const chat_options& options, std::string line) {
    request.messages.push_back({.content = std::move(line)});
    try {
        const auto answer = stream(ctx, request, options);
        request.messages.push_back(
            {.role = "assistant", .content = answer.choices.front().content});
    } catch (const api_error& e) {
        if (ctx.watch().signal() != 0)
            throw;
        (void)ctx.report(e.problem());
        request.messages.pop_back();
    }
}

/// Questions and answers until the input ends.
int converse(context& ctx, chat_request request, const chat_options& options) {
    ctx.note("Ask " + one_line(request.model) + "; Ctrl-D ends.");
    input in("-", ctx.watch());
    std::string line;
    while (true) {
        std::cerr << "> " << std::flush;
        if (!in.read_line(line))
            break;
        if (!line.empty())
            go_on(ctx, request, options, line);
    }
    std::cerr << '\n';
    return succeeded;
}

} // namespace

void add_chat(CLI::App& root, context& ctx) {
    auto& verb = add_verb(root, "chat", "Ask a language model",
                          "aistudio chat \"What is a tensor?\" --model deepseek-v3\n"
                          "aistudio chat --system \"Answer in one line.\" < question.txt\n"
                          "aistudio chat                      (on a terminal: a conversation)\n"
                          "aistudio chat hello --endpoint http://127.0.0.1:8000/v1 --model m");
    const chat_arguments given(verb);
    on_run(verb, ctx, [=, &ctx] {
        const bool reads = *given.question == "-" || given.question->empty();
        if (given.question->empty() && !ctx.global.json && ::isatty(STDIN_FILENO) != 0)
            return converse(ctx, given.request(), given.options(ctx));
        return ask_once(ctx, given.request(), given.options(ctx),
                        reads ? input("-", ctx.watch()).read_all() : *given.question);
    });
}

} // namespace aistudio::cli
