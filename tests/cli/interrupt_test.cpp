#include "cli/command.hpp"

#include "support/scripted_server.hpp"

#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/// Ctrl-C while a command waits for the service. The service is scripted: it answers until the
/// command has come to a certain request, and never answers that one.
namespace aistudio::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class interrupted_command : public command_test {
protected:
    /// How far the last request gets.
    enum class stall { body_of_request, answer, body_of_answer };

    void SetUp() override {
        for (const char* name : {"tmp", "out"})
            std::filesystem::create_directory(folder_ / name);
    }

    void answer(std::string request, std::string result) {
        answers_[std::move(request)] = std::move(result);
    }
    void answer_grant(const std::string& request) {
        answer(request, R"({"endpoint":")" + server_.address("") +
                            R"(","bucketName":"b","fileKey":"k","accessKeyId":"a",)"
                            R"("secretAccessKey":"s","sessionToken":"t","serverTime":1,)"
                            R"("expiresIn":3600})");
    }

    /// Runs the command, interrupts it once `request` has stalled, and expects that it ends at
    /// once, leaves no file and says so. Afterwards `requests_` are those that came whole.
    void interrupt(std::vector<std::string> words, const std::string& request, stall where) {
        stalled_ = request;
        where_ = where;
        command running(words, settings());
        ASSERT_TRUE(server_.wait_for_arrivals(1)) << running.wait().err;
        running.signal(SIGINT);
        const auto ended = running.wait();
        EXPECT_EQ(ended.status, 130);
        EXPECT_THAT(ended.out, IsEmpty());
        EXPECT_THAT(ended.err, HasSubstr("Interrupted"));
        EXPECT_EQ(server_.arrivals(), 1) << "the request was sent again";
        EXPECT_TRUE(closed_in_time_);
        EXPECT_TRUE(std::filesystem::is_empty(folder_ / "tmp"));
        for (const auto& left : std::filesystem::directory_iterator(folder_ / "out"))
            EXPECT_TRUE(left.path().filename().string().starts_with(".aistudio-")) // to go on with
                << left;
    }

    command::variables settings() const {
        auto out = environment();
        out["AISTUDIO_BASE_URL"] = server_.address("");
        out["TMPDIR"] = (folder_ / "tmp").string();
        out["AISTUDIO_API_KEY"] = "key";
        return out;
    }

    std::vector<std::string> requests() const {
        std::vector<std::string> out;
        for (const auto& r : server_.seen()) {
            const auto line = r.line(); // without query and version
            out.push_back(line.substr(0, std::min(line.find('?'), line.rfind(' '))));
        }
        return out;
    }

    std::string server_address() const { return server_.address(""); }
    std::string last_body() const { return server_.seen().back().body; }
    std::string out() const { return (folder_ / "out").string(); }
    /// More than the buffers between two programs hold.
    std::string large_file() const {
        return file("large.bin", std::string(std::size_t{32} << 20U, 'x'));
    }

private:
    void serve(peer& p) {
        while (auto r = p.read_head()) {
            if (r->line().starts_with(stalled_))
                return stall_here(p, *r);
            if (!p.read_body(*r))
                return;
            server_.record(*r);
            const auto found = std::find_if(answers_.begin(), answers_.end(), [&](const auto& a) {
                return r->line().starts_with(a.first);
            });
            const std::string result = found == answers_.end() ? "null" : found->second;
            if (!p.respond(R"({"logId":"1","errorCode":0,"errorMsg":"","result":)" + result + "}"))
                return;
        }
    }

    void stall_here(peer& p, raw_request& r) {
        if (where_ != stall::body_of_request && !p.read_body(r))
            return;
        if (where_ == stall::body_of_answer)
            p.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf ");
        server_.arrive();
        closed_in_time_ = p.wait_unread_until_closed();
    }

    std::string stalled_;
    stall where_ = stall::answer;
    std::map<std::string, std::string> answers_;
    std::atomic<bool> closed_in_time_ = true;
    scripted_server server_{[this](peer& p) { serve(p); }};
};

TEST_F(interrupted_command, list_without_an_answer) {
    interrupt({"dataset", "list"}, "GET /api/local/v1/datasets", stall::answer);
    EXPECT_THAT(requests(), IsEmpty());
}

TEST_F(interrupted_command, upload_within_the_file_registers_nothing) {
    answer("POST /studio/dataset/detail", R"({"datasetId":7,"datasetName":"d"})");
    answer_grant("GET /llm/files/acl");
    interrupt({"dataset", "upload", "7", large_file()}, "PUT /b/k", stall::body_of_request);
    EXPECT_THAT(requests(),
                ElementsAre("POST /studio/dataset/detail", "GET /llm/files/acl", "POST /b/k"));
}

TEST_F(interrupted_command, upload_whose_file_is_not_acknowledged_registers_nothing) {
    answer("POST /studio/dataset/detail", R"({"datasetId":7,"datasetName":"d"})");
    answer_grant("GET /llm/files/acl");
    interrupt({"dataset", "upload", "7", file("a.csv", "1\n")}, "PUT /b/k", stall::answer);
    EXPECT_THAT(requests(), ElementsAre("POST /studio/dataset/detail", "GET /llm/files/acl"));
}

TEST_F(interrupted_command, creation_within_its_files_creates_no_dataset) {
    answer_grant("GET /llm/files/acl");
    answer("POST /llm/files/addfile", R"({"fileId":3})");
    interrupt({"dataset", "create", "d", file("a.csv", "1\n"), file("b.csv", "2\n")},
              "POST /llm/files/addfile", stall::answer);
    EXPECT_THAT(requests(), ElementsAre("GET /llm/files/acl", "PUT /b/k"));
}

TEST_F(interrupted_command, download_within_the_file_leaves_none) {
    answer("POST /studio/dataset/detail",
           R"({"datasetId":7,"datasetName":"d","fileList":[{"fileId":3,)"
           R"("fileOriginName":"a.csv","fileSize":10,"fileSha256":""}]})");
    answer("GET /llm/files/datasets/7/file/3/download",
           R"({"fileUrl":")" + server_address() + R"(/b/k","fileName":"a.csv"})");
    interrupt({"dataset", "download", "7", "--to", out()}, "GET /b/k", stall::body_of_answer);
}

TEST_F(interrupted_command, download_of_a_jobs_output_leaves_no_file) {
    answer_grant("GET /paddlex/v3/file/api/bosacl");
    interrupt({"job", "download", "p-1", "m.bin", "--to", out()}, "GET /b/k/m.bin",
              stall::body_of_answer);
}

TEST_F(interrupted_command, download_of_a_jobs_archive_leaves_no_file) {
    answer("GET /api/local/v1/jobs/p-1/archives/output",
           R"({"fileUrl":")" + server_address() + R"(/b/k","fileName":"p-1_output.tar.gz"})");
    interrupt({"job", "download", "p-1", "--archive", "output", "--to", out()}, "GET /b/k",
              stall::body_of_answer);
}

TEST_F(interrupted_command, submission_within_the_code_fails_the_job) {
    answer("POST /paddlex/v3/pipelines/sdk/create", R"({"pipelineId":"p-1"})");
    answer_grant("GET /paddlex/v3/file/api/bosacl");
    file("code/train.py", "");
    interrupt(
        {"job", "submit", "--name", "j", "--folder", (folder_ / "code").string(), "--cmd", "x"},
        "PUT /b/k", stall::answer);
    EXPECT_THAT(requests(), ElementsAre("POST /paddlex/v3/pipelines/sdk/create",
                                        "GET /paddlex/v3/file/api/bosacl",
                                        "POST /paddlex/v3/pipelines/sdk/create/callback"));
    EXPECT_EQ(last_body(), R"({"pipelineId":"p-1","success":false})");
}

TEST_F(interrupted_command, service_within_its_model_is_not_made) {
    answer_grant("POST /api/local/v1/grants");
    file("model/model.pdmodel", "m");
    interrupt({"service", "create", "s", "--project", "1", "--model", (folder_ / "model").string()},
              "PUT /b/k", stall::answer);
    EXPECT_THAT(requests(), ElementsAre("POST /api/local/v1/grants"));
}

TEST_F(interrupted_command, wait_for_a_job) {
    interrupt({"job", "wait", "p-1"}, "POST /paddlex/v3/pipelines/sdk/list", stall::answer);
}

TEST_F(interrupted_command, wait_for_records_that_do_not_come) {
    const auto records = (folder_ / "records").string();
    ASSERT_EQ(::mkfifo(records.c_str(), 0600), 0);
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"predict", server_address() + "/s", "@" + records},
          {"predict", server_address() + "/s", "--jsonl", records, "--output", out() + "/a"}}) {
        command running(words, settings());
        const int writer = ::open(records.c_str(), O_WRONLY); // returns when the command reads
        ASSERT_GE(writer, 0);
        running.signal(SIGINT);
        EXPECT_EQ(running.wait().status, 130) << words[2];
        ::close(writer);
        EXPECT_TRUE(std::filesystem::is_empty(out()));
    }
    EXPECT_THAT(requests(), IsEmpty());
}

TEST_F(interrupted_command, prediction_without_an_answer) {
    interrupt({"predict", server_address() + "/s", "[1]"}, "POST /s", stall::answer);
}

} // namespace
} // namespace aistudio::test
