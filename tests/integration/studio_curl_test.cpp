// The call as the platform documents it, by the real curl.
#include "integration/support/studio_fixture.hpp"

#include <gmock/gmock.h>

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>

namespace aistudio::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct curl_answer {
    int exit_status = -1;
    std::string body;
    std::string status;
};

class studio_curl : public studio_test {
protected:
    void SetUp() override {
        ASSERT_EQ(std::system("curl --version >/dev/null"), 0) << "install Debian's `curl`";
        start();
        const auto grant =
            api().post<wire::sts_grant>("/api/local/v1/grants", wire::grant_request{"model", {}});
        const auto model = zip_of({{"model.py", "def predict(data):\n    return data\n"}});
        ASSERT_EQ(api().object("PUT", grant, grant.file_key, model).status, 200U);
        wire::create_service request;
        request.service_name = "prices";
        request.project_id = api().create_project("p");
        request.model_key = grant.file_key;
        request.main_program = "model.py";
        request.converter = "def reader_infer(data_args):\n"
                            "    return [[[float(v) for v in data_args.values()]]], None\n"
                            "def output(results, data_args):\n"
                            "    return [{'predict': [[len(results[0][0])]]}]\n";
        const auto made = api().post<service>("/api/local/v1/services", request);
        const auto path = "/api/local/v1/services/" + to_string(made.id);
        EXPECT_EQ(api().call("POST", path + "/sandbox").code, 0);
        EXPECT_EQ(api().call("POST", path + "/deploy").code, 0);
        service_ = api().get<service>(path);
    }

    /// The documented line: address with the key, content type, the parameters as they are.
    curl_answer curl(const std::string& key, const std::string& content_type) const {
        write_file(folder_ / "line.sh", "curl --noproxy '*' --silent --show-error --max-time 60 "
                                        "--write-out '\\n%{http_code}' "
                                        "-H 'Content-Type: " +
                                            content_type + "' -d '" + house + "' -X POST '" +
                                            service_.url + "?apiKey=" + key + "'");
        curl_answer out;
        std::FILE* pipe = ::popen(("sh '" + (folder_ / "line.sh").string() + "'").c_str(), "re");
        char piece[4096];
        while (pipe != nullptr && std::fgets(piece, sizeof piece, pipe) != nullptr)
            out.body += piece;
        const int ended = pipe == nullptr ? -1 : ::pclose(pipe);
        out.exit_status = WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
        const auto cut = out.body.rfind('\n');
        EXPECT_NE(cut, std::string::npos);
        out.status = out.body.substr(cut + 1);
        out.body.resize(cut);
        return out;
    }

    static constexpr const char* house =
        R"({"CRIM":0.0188, "ZN":-0.1136, "INDUS":0.2552, "CHAS":-0.0692, "NOX":0.2990, "RM":-0.0448, "AGE":0.1434, "DIS":-0.1480, "RAD":0.6283, "TAX":0.4919, "PTRATIO":0.1856, "B":0.0547, "LSTAT":0.1685})";
    service service_;
};

TEST_F(studio_curl, documented_line_gets_the_answer) {
    const std::string key(service_.api_key.reveal());
    for (const auto* type : {"application/json", "application/json; charset=utf-8"}) {
        const auto answer = curl(key, type);
        EXPECT_EQ(answer.exit_status, 0);
        EXPECT_EQ(answer.status, "200") << answer.body;
        EXPECT_THAT(answer.body, HasSubstr(R"("result":[{"predict":[[13]]}])")) << type;
        EXPECT_THAT(answer.body, HasSubstr(R"("errorCode":0)")) << type;
    }
}

TEST_F(studio_curl, wrong_key_is_refused) {
    for (const auto& key :
         {std::string("wrong"), std::string(), std::string(service_.api_key.reveal()) + "0"}) {
        const auto answer = curl(key, "application/json");
        EXPECT_EQ(answer.status, "401") << answer.body;
        EXPECT_THAT(answer.body, Not(HasSubstr("predict\"")));
        EXPECT_THAT(answer.body, HasSubstr("key"));
    }
    EXPECT_THAT(log(), Not(HasSubstr(std::string(service_.api_key.reveal()))));
}

} // namespace
} // namespace aistudio::test
