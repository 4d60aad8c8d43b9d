#include <aistudio/protocol/http1_reader.hpp>

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace aistudio {
namespace {

using progress = http1_reader::progress;

/// What came of reading an answer that arrived in pieces.
struct reading {
    progress last = progress::more;
    int status = 0;
    std::string body;
    std::string retry_after;
    bool keep_alive = false;
    errc error = errc::ok;
    std::string rest; // bytes after the answer
    std::size_t largest = 0;

    friend bool operator==(const reading&, const reading&) = default;
};

/// Reads `text` in pieces that end at `cuts`; `closes`: the server closes after it.
reading read_in_pieces(std::string_view text, const std::vector<std::size_t>& cuts, bool closes,
                       std::size_t max_body = 1000) {
    http1_reader r;
    r.start(max_body);
    reading out;
    std::vector<char> buffer(text.size() + 1);
    std::size_t size = 0;
    std::size_t at = 0;
    for (std::size_t i = 0; i <= cuts.size() && out.last == progress::more; ++i) {
        const std::size_t end = i < cuts.size() ? cuts[i] : text.size();
        size += text.substr(at, end - at).copy(buffer.data() + size, end - at);
        at = end;
        out.last = r.read(buffer.data(), size);
        out.largest = std::max(out.largest, size);
    }
    if (out.last == progress::more && closes)
        out.last = r.end();
    out.error = r.error();
    out.keep_alive = r.keep_alive();
    if (out.last != progress::complete)
        return out;
    out.status = r.status();
    out.body = r.body(buffer.data());
    out.retry_after = r.retry_after(buffer.data());
    out.rest.assign(buffer.data() + r.consumed(), size - r.consumed());
    out.rest += text.substr(at);
    return out;
}

reading read_whole(std::string_view text, bool closes = false, std::size_t max_body = 1000) {
    return read_in_pieces(text, {}, closes, max_body);
}

struct example {
    const char* name;
    std::string text;
    bool closes;
    int status;
    std::string body;
    bool keep_alive;
};

void PrintTo(const example& e, std::ostream* out) { *out << e.name; }

const example examples[] = {
    {"length", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n[[1]", false, 200, "[[1]", true},
    {"empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false, 200, "", true},
    {"no_reason", "HTTP/1.1 404\r\ncontent-length:2\r\n\r\nno", false, 404, "no", true},
    {"chunks",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nabc\r\nA\r\n0123456789\r\n"
     "0\r\nTrailer: x\r\n\r\n",
     false, 200, "abc0123456789", true},
    {"until_close", "HTTP/1.1 200 OK\r\nServer: x\r\n\r\nall of it", true, 200, "all of it", false},
    {"close", "HTTP/1.1 200 OK\r\nConnection: Keep-Alive, Close\r\nContent-Length: 1\r\n\r\n1",
     false, 200, "1", false},
    {"http_1_0", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n1", false, 200, "1", false},
    {"http_1_0_kept", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\n1",
     false, 200, "1", true},
    {"interim",
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
     "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok",
     false, 201, "ok", true},
    {"no_content", "HTTP/1.1 204 No Content\r\n\r\n", false, 204, "", true},
};

class http1_reader_example : public testing::TestWithParam<example> {};

TEST_P(http1_reader_example, is_read_however_it_arrives) {
    const auto& e = GetParam();
    const reading whole = read_whole(e.text, e.closes);
    ASSERT_EQ(whole.last, progress::complete);
    EXPECT_EQ(whole.status, e.status);
    EXPECT_EQ(whole.body, e.body);
    EXPECT_EQ(whole.keep_alive, e.keep_alive);
    EXPECT_EQ(whole.rest, "");
    const auto same = [&](const std::vector<std::size_t>& cuts) {
        reading r = read_in_pieces(e.text, cuts, e.closes);
        r.largest = whole.largest;
        return r == whole;
    };
    std::vector<std::size_t> bytes;
    for (std::size_t i = 1; i < e.text.size(); ++i) {
        EXPECT_TRUE(same({i})) << "cut at " << i;
        bytes.push_back(i);
    }
    EXPECT_TRUE(same(bytes)) << "byte by byte";
}

TEST_P(http1_reader_example, cut_short_is_a_lost_connection) {
    const auto& e = GetParam();
    const std::size_t head = e.text.rfind("\r\n\r\n");
    const bool ends_with_the_stream = e.closes;
    for (std::size_t size = 1; size < e.text.size(); ++size) {
        const reading r = read_whole(std::string_view(e.text).substr(0, size), true);
        if (ends_with_the_stream && size >= head + 4)
            continue;
        EXPECT_EQ(r.last, progress::failed) << size;
        EXPECT_EQ(r.error, errc::connection_lost) << size;
    }
}

INSTANTIATE_TEST_SUITE_P(all, http1_reader_example, testing::ValuesIn(examples),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(http1_reader, bytes_of_the_next_answer_are_left) {
    EXPECT_EQ(read_whole("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1HTTP/1.1 2").rest,
              "HTTP/1.1 2");
}

TEST(http1_reader, headers_that_tell_when_to_come_again_are_kept) {
    const auto r = read_whole("HTTP/1.1 429 Slow\r\nrEtRy-AfTeR:  7 \r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(r.retry_after, "7");
}

TEST(http1_reader, answers_that_cannot_be_trusted_are_malformed) {
    for (const char* text : {
             "HTTP/2 200 OK\r\n\r\n",
             "HTTP/1.1 20 OK\r\n\r\n",
             "HTTP/1.1 2000 OK\r\n\r\n",
             "SSH-2.0-OpenSSH_9.2\r\n",
             "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
             "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n1",
             "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n1",
             "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
             "HTTP/1.1 200 OK\r\nNo colon\r\n\r\n",
             "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\n1",
             "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\nContent-Length: 1\r\n\r\n1",
             "HTTP/1.1 101 Switching Protocols\r\n\r\n",
         }) {
        const auto r = read_whole(text);
        EXPECT_EQ(r.last, progress::failed) << text;
        EXPECT_EQ(info(r.error).name, "malformed_response") << text;
        EXPECT_FALSE(r.keep_alive) << text;
    }
}

TEST(http1_reader, bodies_beyond_the_limit_are_too_large) {
    const std::string big(11, 'x');
    for (const std::string& text :
         {"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n" + big,
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n" + big,
          std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nxxxxxx\r\n5\r\n"),
          "HTTP/1.1 200 OK\r\n\r\n" + big})
        EXPECT_EQ(read_whole(text, true, 10).error, errc::response_too_large) << text;
    EXPECT_EQ(read_whole("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789", false, 10).body,
              "0123456789");
}

TEST(http1_reader, header_without_end_is_malformed) {
    EXPECT_EQ(read_whole("HTTP/1.1 200 OK\r\nX: " + std::string(70000, 'x')).error,
              errc::malformed_response);
}

TEST(http1_reader, small_chunks_take_no_more_room_than_their_data) {
    std::string text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    std::vector<std::size_t> cuts;
    const std::size_t head = text.size();
    for (int i = 0; i < 500; ++i) {
        text += "1;extension=that-is-long\r\nx\r\n";
        cuts.push_back(text.size());
    }
    text += "0\r\n\r\n";
    const auto r = read_in_pieces(text, cuts, false);
    EXPECT_EQ(r.body, std::string(500, 'x'));
    EXPECT_LT(r.largest, head + 500 + 100);
}

TEST(http1_reader, random_bytes_never_read_beyond_the_buffer) {
    std::mt19937 random(1);
    const std::string base = examples[3].text;
    for (int i = 0; i < 20000; ++i) {
        std::string text = base;
        for (int changes = 0; changes < 3; ++changes)
            text[random() % text.size()] = static_cast<char>(random());
        const auto r = read_in_pieces(text, {random() % text.size()}, true);
        EXPECT_NE(r.last, progress::more);
    }
}

} // namespace
} // namespace aistudio
