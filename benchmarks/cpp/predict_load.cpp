// Keeps a prediction service busy through the public API, and prints what a call costs as one line
// of JSON:
//
//   predict_load --url http://127.0.0.1:8080/serving/online/1 [--connections 32] [--in-flight 32]
//                [--seconds 1 | --calls 100000] [--warmup-seconds 0.2] [--rate calls-a-second]
//                [--threads 1] [--pipeline 1] [--ca-file ca.pem] [--fixed | --raw]
//                [--loop epoll|uring|asio]
//
// A described struct goes in; a vector of vectors comes out, with --fixed an array of arrays, with
// --raw text goes in and comes out. --rate starts calls on time whatever comes back, and measures
// from the time at which a call was to start.
#include "support/load.hpp"

#include <aistudio/aistudio.hpp>
#include <aistudio/transport/event_loop.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <exception>
#include <thread>

namespace {

struct house {
    double CRIM, ZN, INDUS, CHAS, NOX, RM, AGE, DIS, RAD, TAX, PTRATIO, B, LSTAT;
};
BOOST_DESCRIBE_STRUCT(house, (),
                      (CRIM, ZN, INDUS, CHAS, NOX, RM, AGE, DIS, RAD, TAX, PTRATIO, B, LSTAT))

house typed_house() {
    house out{};
    std::size_t i = 0;
    boost::mp11::mp_for_each<boost::describe::describe_members<house, boost::describe::mod_public>>(
        [&](auto member) { out.*member.pointer = load::house[i++].second; });
    return out;
}

std::string house_text() {
    std::string text;
    load::write_house(text);
    return text;
}

bool is_right(const std::string& answer) { return answer.starts_with("[["); }
bool is_right(const auto& answer) {
    return answer.size() == 1 && answer[0].size() == 1 && std::isfinite(answer[0][0]);
}

// What carries the client. Anything with an executor and run() can stand here.
struct asio_loop {
    boost::asio::io_context context{1};

    auto get_executor() { return context.get_executor(); }
    void run() { context.run(); }
};

// Our own loop: the same program, fewer system calls.
template <aistudio::io_backend Backend>
struct direct_loop {
    aistudio::event_loop loop{Backend};

    auto get_executor() { return loop.get_executor(); }
    void run() { loop.run(); }
};

aistudio::client_options client_options(const load::options& o) {
    aistudio::client_options out;
    out.pool.max_connections = static_cast<std::size_t>(o.connections);
    out.pool.max_waiting = 1000000;
    out.pool.pipeline_depth = static_cast<std::size_t>(o.pipeline);
    out.tls.ca_file = o.ca_file;
    out.proxy.use_environment = false;
    return out;
}

// One loop, one client, and calls with records of type In and answers of type Out.
template <class Loop, class Out, class In>
class caller {
public:
    caller(const load::options& o, In record)
        : options_(o), meter_(o), record_(std::move(record)),
          client_(loop_.get_executor(), client_options(o)),
          predictor_(client_.predictor(o.url, aistudio::secret{o.key}).value()),
          timer_(loop_.get_executor()) {}

    load::totals run() {
        meter_.begin();
        if (options_.open_loop())
            start_arrived();
        else
            for (int i = 0; i < options_.concurrency(); ++i)
                start_next();
        loop_.run();
        return meter_.result();
    }

private:
    void start_next() {
        if (meter_.may_start())
            call(meter_.now(), [this] { start_next(); });
    }
    void start_arrived() {
        while (const auto intended = meter_.arrival())
            call(*intended, [] {});
        if (meter_.finished())
            return;
        timer_.expires_at(meter_.next_arrival());
        timer_.async_wait([this](boost::system::error_code) { start_arrived(); });
    }
    template <class Then>
    void call(load::time_point started, Then then) {
        predictor_.template async_predict<Out>(
            record_, {}, [this, started, then](aistudio::result<Out> answer) {
                meter_.finished(started, answer && is_right(*answer),
                                answer ? "not the answer expected" : answer.error().message());
                then();
            });
    }

    load::options options_;
    load::meter meter_;
    In record_;
    Loop loop_;
    aistudio::client client_;
    aistudio::predictor predictor_;
    boost::asio::steady_timer timer_;
};

template <class Loop>
load::totals run_thread(const load::options& o) {
    using vectors = std::vector<std::vector<double>>;
    using arrays = std::array<std::array<double, 1>, 1>;
    if (o.mode == "raw")
        return caller<Loop, std::string, std::string>(o, house_text()).run();
    if (o.mode == "fixed")
        return caller<Loop, arrays, house>(o, typed_house()).run();
    return caller<Loop, vectors, house>(o, typed_house()).run();
}

template <class Loop>
load::totals run(const load::options& o) {
    std::vector<load::totals> results(static_cast<std::size_t>(o.threads));
    std::vector<std::exception_ptr> failures(results.size());
    {
        std::vector<std::jthread> others;
        const auto work = [&](std::size_t i) {
            try {
                results[i] = run_thread<Loop>(o);
            } catch (...) {
                failures[i] = std::current_exception();
            }
        };
        for (std::size_t i = 1; i < results.size(); ++i)
            others.emplace_back(work, i);
        work(0);
    }
    for (const auto& failure : failures)
        if (failure)
            std::rethrow_exception(failure);
    load::totals all;
    for (const auto& result : results)
        all.add(result);
    return all;
}

load::totals run_on(const load::options& o) {
    if (o.loop == "asio")
        return run<asio_loop>(o);
    if (o.loop == "epoll")
        return run<direct_loop<aistudio::io_backend::epoll>>(o);
    if (o.loop == "uring")
        return run<direct_loop<aistudio::io_backend::io_uring>>(o);
    if (!o.loop.empty())
        throw std::invalid_argument("There is no loop of this name: " + o.loop);
    return run<direct_loop<aistudio::io_backend::automatic>>(o);
}

} // namespace

int main(int argc, char** argv) { return load::main_of(argc, argv, {"--fixed", "--raw"}, &run_on); }
