// A program of somebody else: it sees the installed headers and nothing more.
#include <aistudio/aistudio.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <iostream>
#include <string>

namespace {

namespace asio = boost::asio;

// A loopback port that refuses connections for as long as it lives: bound, and never listened on.
struct refusing_port {
    asio::io_context context;
    asio::ip::tcp::acceptor acceptor{context};

    refusing_port() {
        acceptor.open(asio::ip::tcp::v4());
        acceptor.bind({asio::ip::address_v4::loopback(), 0});
    }
    std::string url() const {
        return "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
    }
};

bool is_refusal(const aistudio::problem& p) {
    std::cout << p.message() << '\n';
    return p.code == aistudio::errc::connect_failed && p.phase == aistudio::phase::connect &&
           p.outcome == aistudio::outcome::not_sent;
}

} // namespace

int main() {
    const refusing_port nobody;
    aistudio::client_options options;
    options.base_url = nobody.url();
    options.access_token = aistudio::secret{"a token nobody sees"};
    options.retry.max_attempts = 1;
    options.proxy.use_environment = false;

    const aistudio::sync_client client(options);
    const auto predictor =
        client.predictor(nobody.url() + "/predict", aistudio::secret{"a key nobody sees"});
    const auto answer = predictor.value().predict(R"({"data": [1, 2, 3]})");
    const auto project = client.projects().get(aistudio::project_id{1});

    std::cout << "aistudio " << aistudio::version_string << '\n';
    return answer.has_error() && is_refusal(answer.error()) && project.has_error() &&
                   is_refusal(project.error())
               ? 0
               : 1;
}
