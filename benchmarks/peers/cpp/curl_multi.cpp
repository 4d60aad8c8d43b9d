// libcurl's multi interface the fast way: curl_multi_socket_action over epoll, easy handles that
// are used again. Text goes in, the answer is collected and not read.
#include "load.hpp"

#include <curl/curl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <deque>

namespace {

void check(CURLMcode code) {
    if (code != CURLM_OK)
        throw std::runtime_error(curl_multi_strerror(code));
}

struct transfer {
    CURL* easy = nullptr;
    load::time_point started;
    std::string answer;
};

class client {
public:
    explicit client(const load::options& o)
        : options_(o), meter_(o), epoll_(epoll_create1(0)), multi_(curl_multi_init()) {
        if (o.open_loop())
            throw std::invalid_argument("This program knows a closed loop only.");
        load::write_house(body_);
        headers_ = curl_slist_append(nullptr, "Content-Type: application/json");
        headers_ = curl_slist_append(headers_, "Accept: application/json");
        curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &on_socket);
        curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
        curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &on_timer);
        curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
        curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(o.concurrency()));
        for (int i = 0; i < o.concurrency(); ++i)
            prepare(transfers_.emplace_back());
    }
    client(const client&) = delete;
    client& operator=(const client&) = delete;
    ~client() {
        for (auto& t : transfers_)
            curl_easy_cleanup(t.easy);
        curl_multi_cleanup(multi_);
        curl_slist_free_all(headers_);
        close(epoll_);
    }

    load::totals run() {
        meter_.begin();
        for (auto& t : transfers_)
            start(t);
        while (open_calls_ > 0)
            step();
        return meter_.result();
    }

private:
    void prepare(transfer& t) {
        t.easy = curl_easy_init();
        const std::string url = options_.url + "?apiKey=" + options_.key;
        curl_easy_setopt(t.easy, CURLOPT_URL, url.c_str());
        curl_easy_setopt(t.easy, CURLOPT_POSTFIELDS, body_.c_str());
        curl_easy_setopt(t.easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(body_.size()));
        curl_easy_setopt(t.easy, CURLOPT_HTTPHEADER, headers_);
        curl_easy_setopt(t.easy, CURLOPT_WRITEFUNCTION, &on_body);
        curl_easy_setopt(t.easy, CURLOPT_WRITEDATA, &t);
        curl_easy_setopt(t.easy, CURLOPT_PRIVATE, &t);
        curl_easy_setopt(t.easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(t.easy, CURLOPT_PROXY, "");
        if (!options_.ca_file.empty())
            curl_easy_setopt(t.easy, CURLOPT_CAINFO, options_.ca_file.c_str());
    }

    void start(transfer& t) {
        if (!meter_.may_start())
            return;
        t.started = meter_.now();
        t.answer.clear();
        check(curl_multi_add_handle(multi_, t.easy));
        ++open_calls_;
    }

    void step() {
        int running = 0;
        epoll_event events[256];
        const int ready = epoll_wait(epoll_, events, 256, static_cast<int>(timeout_ms_));
        if (ready == 0 || timeout_ms_ == 0) {
            timeout_ms_ = -1;
            check(curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running));
        }
        for (int i = 0; i < ready; ++i) {
            const int what =
                ((events[i].events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                ((events[i].events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                ((events[i].events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
            check(curl_multi_socket_action(multi_, events[i].data.fd, what, &running));
        }
        finish_done();
    }

    void finish_done() {
        int left = 0;
        while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
            if (message->msg != CURLMSG_DONE)
                continue;
            const CURLcode code = message->data.result;
            CURL* easy = message->easy_handle;
            transfer* t = nullptr;
            long status = 0;
            curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t);
            curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
            check(curl_multi_remove_handle(multi_, easy));
            --open_calls_;
            meter_.finished(t->started, code == CURLE_OK && status == 200,
                            code == CURLE_OK ? "not the status expected"
                                             : curl_easy_strerror(code));
            start(*t);
        }
    }

    static std::size_t on_body(char* data, std::size_t, std::size_t size, void* to) {
        static_cast<transfer*>(to)->answer.append(data, size);
        return size;
    }
    static int on_timer(CURLM*, long timeout_ms, void* self) {
        static_cast<client*>(self)->timeout_ms_ = timeout_ms;
        return 0;
    }
    static int on_socket(CURL*, curl_socket_t socket, int what, void* self_, void* known) {
        auto& self = *static_cast<client*>(self_);
        epoll_event event{};
        event.data.fd = socket;
        event.events = ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0U) |
                       ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0U);
        const int change = what == CURL_POLL_REMOVE ? EPOLL_CTL_DEL
                           : known == nullptr       ? EPOLL_CTL_ADD
                                                    : EPOLL_CTL_MOD;
        epoll_ctl(self.epoll_, change, socket, &event);
        curl_multi_assign(self.multi_, socket, what == CURL_POLL_REMOVE ? nullptr : &self);
        return 0;
    }

    load::options options_;
    load::meter meter_;
    int epoll_;
    CURLM* multi_;
    curl_slist* headers_ = nullptr;
    std::string body_;
    std::deque<transfer> transfers_;
    long timeout_ms_ = -1;
    int open_calls_ = 0;
};

} // namespace

int main(int argc, char** argv) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    return load::main_of(argc, argv, {}, [](const load::options& o) { return client(o).run(); });
}
