// The texts here are written from the description of the wire format, not made by the codec: they
// decide what is right.

#include <aistudio/codec/json.hpp>
#include <aistudio/codec/wire.hpp>

#include <boost/mp11/algorithm.hpp>
#include <boost/pfr/tuple_size.hpp>

#include <gtest/gtest.h>

namespace {

using namespace aistudio;

const timestamp created{std::chrono::milliseconds{1'700'000'000'000}};
const timestamp updated = created + std::chrono::milliseconds{1};

/// `text` is what `value` is written as, and reading it gives the value back.
template <class T>
void expect_golden(const T& value, std::string_view text) {
    EXPECT_EQ(to_json(value, secrets::reveal).value(), text);
    const auto read = from_json<T>(text);
    ASSERT_TRUE(read.has_value()) << read.error().message();
    EXPECT_EQ(to_json(*read, secrets::reveal).value(), text);
    if constexpr (std::equality_comparable<T>) {
        EXPECT_EQ(*read, value);
    }
}

template <class T>
constexpr bool every_member_is_described =
    boost::pfr::tuple_size_v<T> == boost::mp11::mp_size<detail::described_members<T>>::value;

template <class... T>
constexpr bool all_described = (every_member_is_described<T> && ...);

static_assert(
    all_described<wire::sts_grant, wire::file_ids, wire::file_url, wire::add_file, wire::added_file,
                  wire::create_dataset, wire::created_dataset, wire::dataset_ref, wire::create_job,
                  wire::created_job, wire::job_callback, wire::list_jobs, wire::stop_job,
                  wire::page_of<int>, wire::grant_request, wire::create_service, wire::object_entry,
                  wire::common_prefix, wire::object_list, wire::object_error>);

TEST(wire_names, camel_case_follows_underscores) {
    EXPECT_EQ(detail::copy_name("main_program", true).view(), "mainProgram");
    EXPECT_EQ(detail::copy_name("e_tag", true).view(), "eTag");
    EXPECT_EQ(detail::copy_name("file_url2", true).view(), "fileUrl2");
    EXPECT_EQ(detail::copy_name("main_program", false).view(), "main_program");
}

TEST(wire, dataset_file) {
    expect_golden(dataset_file{file_id{7}, "a.csv", 34695, "ab"},
                  R"({"fileId":7,"fileOriginName":"a.csv","fileSize":34695,"fileSha256":"ab"})");
}

TEST(wire, dataset) {
    const dataset value{dataset_id{65},
                        "housing",
                        "prices",
                        visibility::public_access,
                        licence::odc_by,
                        "me",
                        {{file_id{7}, "a.csv", 1, ""}},
                        created,
                        updated,
                        "b",
                        "c",
                        "o",
                        "u",
                        true,
                        true};
    expect_golden(
        value,
        R"({"datasetId":65,"datasetName":"housing","datasetAbs":"prices","datasetType":2,"protocolId":7,"userName":"me",)"
        R"("fileList":[{"fileId":7,"fileOriginName":"a.csv","fileSize":1,"fileSha256":""}],)"
        R"("createTime":"2023-11-14T22:13:20Z","updateTime":"2023-11-14T22:13:20.001Z",)"
        R"("datasetBackground":"b","datasetContent":"c","datasetOrigin":"o","datasetUsage":"u","official":true,)"
        R"("favourite":true})");
}

TEST(wire, dataset_changes_send_what_is_set_only) {
    expect_golden(dataset_changes{}, "{}");
    dataset_changes value;
    value.name = "n";
    value.description = "";
    value.background = "b";
    value.content = "c";
    value.origin = "o";
    value.usage = "u";
    value.access = visibility::public_access;
    value.licence = licence::other;
    value.official = false;
    expect_golden(
        value,
        R"({"datasetName":"n","datasetAbs":"","datasetBackground":"b","datasetContent":"c","datasetOrigin":"o",)"
        R"("datasetUsage":"u","datasetType":2,"protocolId":8,"official":false})");
}

TEST(wire, dataset_path_and_preview) {
    expect_golden(dataset_path{"data1/f", "/j/data1/f", "/n/data1/f"},
                  R"({"relative":"data1/f","job":"/j/data1/f","notebook":"/n/data1/f"})");
    expect_golden(
        csv_preview{{"a", "b"}, {{{"1", "x,y"}}}, true, "UTF-8"},
        R"({"header":["a","b"],"rows":[{"cells":["1","x,y"]}],"more":true,"encoding":"UTF-8"})");
}

TEST(wire, dataset_as_the_web_site_answers_is_read) {
    const auto value = from_json<dataset>(
        R"({"datasetId":65,"datasetName":"n","datasetAbs":null,"datasetContent":"x","datasetType":9,)"
        R"("createTime":"2023-11-14 22:13:20","updateTime":"yesterday","tags":["a"],"protocolId":8,)"
        R"("fileList":[{"fileId":7,"fileName":"x","fileOriginName":"a.csv","fileSize":1,"fileAbs":null}]})");
    ASSERT_TRUE(value.has_value()) << value.error().message();
    EXPECT_EQ(value->access, visibility::unknown);
    EXPECT_EQ(value->licence, licence::other);
    EXPECT_EQ(value->created_at, created);
    EXPECT_EQ(value->updated_at, timestamp{});
    EXPECT_EQ(value->files.at(0).name, "a.csv");
}

TEST(wire, project) {
    project value{project_id{5}, "p",    "d", "me", {dataset_id{65}, dataset_id{66}},
                  created,       updated};
    value.kind = project_kind::script;
    value.environment = project_environment::python_3_5;
    value.framework = project_framework::paddle_2_4;
    value.access = visibility::public_access;
    value.official = true;
    value.favourite = true;
    value.main_file = "a.py";
    value.forked_from = project_id{4};
    expect_golden(
        value,
        R"({"projectId":5,"projectName":"p","projectAbs":"d","userName":"me","datasetIds":[65,66],)"
        R"("createTime":"2023-11-14T22:13:20Z","updateTime":"2023-11-14T22:13:20.001Z","kind":"script",)"
        R"("environment":"Python 3.5","framework":"PaddlePaddle 2.4","access":2,"official":true,"favourite":true,)"
        R"("mainFile":"a.py","forkedFrom":4})");
}

TEST(wire, what_a_project_has) {
    expect_golden(fork_record{project_id{6}, "she", created},
                  R"({"projectId":6,"userName":"she","createTime":"2023-11-14T22:13:20Z"})");
    const project_file file{"src/a.py", false, 3, "ab", created};
    const std::string file_json =
        R"({"path":"src/a.py","folder":false,"size":3,"sha256":"ab","modifiedAt":"2023-11-14T22:13:20Z"})";
    expect_golden(file, file_json);
    expect_golden(
        project_version{
            2, version_state::submitted, "r", job_id{"job-1"}, "src/a.py", 1, 3, created, {file}},
        R"({"version":2,"state":"submitted","remark":"r","pipelineId":"job-1","mainFile":"src/a.py",)"
        R"("fileCount":1,"size":3,"createTime":"2023-11-14T22:13:20Z","files":[)" +
            file_json + "]}");
    expect_golden(file_change{"a", change_kind::removed, 3, 0},
                  R"({"path":"a","change":"removed","sizeBefore":3,"sizeAfter":0})");
}

TEST(wire, bodies_of_calls_for_files_of_projects) {
    expect_golden(wire::fork_project{"n"}, R"({"projectName":"n"})");
    expect_golden(wire::save_version{"r"}, R"({"remark":"r"})");
    expect_golden(wire::project_path{"a/b"}, R"({"path":"a/b"})");
    expect_golden(wire::add_project_file{"a", "k"}, R"({"path":"a","fileKey":"k"})");
    expect_golden(wire::project_text{"a", "t"}, R"({"path":"a","content":"t"})");
    expect_golden(wire::rename_project_file{"a", "b"}, R"({"path":"a","newPath":"b"})");
}

TEST(wire, new_project) {
    expect_golden(new_project{"p", "d", {dataset_id{65}}},
                  R"({"projectName":"p","projectAbs":"d","datasetIds":[65],"kind":"script",)"
                  R"("environment":"Python 3.10","framework":"PaddlePaddle 3.0"})");
}

TEST(wire, project_changes_send_what_is_set_only) {
    expect_golden(project_changes{}, "{}");
    expect_golden(project_changes{"n", ""}, R"({"projectName":"n","projectAbs":""})");
}

TEST(wire, job) {
    job value;
    value.id = job_id{"p-1"};
    value.name = "train";
    value.stage = job_stage::succeeded;
    value.project = project_id{5};
    value.command = "python train.py";
    value.environment = "paddle3.0_py3.10";
    value.remark = "first";
    value.datasets = {dataset_id{65}};
    value.device = "v100";
    value.gpus = 4;
    value.code_sha256 = "c0de";
    value.resubmitted_from = job_id{"p-0"};
    value.requirements = {"numpy"};
    value.trainers = 2;
    value.servers = 1;
    value.time_limit_ms = 5;
    value.memory_limit_bytes = 6;
    value.output_limit_bytes = 7;
    value.exit_code = 0;
    value.created_at = created;
    value.started_at = updated;
    value.version = 3;
    expect_golden(
        value,
        R"({"pipelineId":"p-1","pipelineName":"train","stage":"Succeeded","projectId":5,"cmd":"python train.py",)"
        R"("env":"paddle3.0_py3.10","device":"v100","gpus":4,"remark":"first","codeSha256":"c0de",)"
        R"("resubmittedFrom":"p-0","datasetIds":[65],"requirements":["numpy"],"trainers":2,"servers":1,)"
        R"("timeLimitMs":5,"memoryLimitBytes":6,"outputLimitBytes":7,"exitCode":0,"message":"",)"
        R"("createTime":"2023-11-14T22:13:20Z","startTime":"2023-11-14T22:13:20.001Z","finishTime":null,"version":3})");
}

TEST(wire, job_with_the_four_public_fields_is_read) {
    const auto jobs = from_json<std::vector<job>>(
        R"([{"pipelineId":"p","pipelineName":"n","stage":"Queued","createTime":"2023-11-14T22:13:20"}])");
    ASSERT_TRUE(jobs.has_value()) << jobs.error().message();
    EXPECT_EQ(jobs->at(0).id, job_id{"p"});
    EXPECT_EQ(jobs->at(0).stage.name(), "Queued");
    EXPECT_EQ(jobs->at(0).created_at, created);
    EXPECT_EQ(jobs->at(0).project, std::nullopt);
}

TEST(wire, what_a_job_was_and_may_be) {
    expect_golden(job_version{job_id{"p"}, 2, "c0de", {{"lib/a.py", 3, "ab"}}},
                  R"({"pipelineId":"p","number":2,"sha256":"c0de",)"
                  R"("files":[{"path":"lib/a.py","size":3,"sha256":"ab"}]})");
    expect_golden(
        job_choices{{{"e", "/usr/bin/python3", true}}, {{"v100", 4, 8}}, {"acoin"}, 2},
        R"({"environments":[{"name":"e","python":"/usr/bin/python3","isDefault":true}],)"
        R"("resources":[{"device":"v100","gpus":4,"priceFactor":8}],"payments":["acoin"],"maxRunning":2})");
}

TEST(wire, resubmit_job_sends_what_changes) {
    expect_golden(wire::resubmit_job{}, R"({"newCode":false})");
    wire::resubmit_job value;
    value.cmd = "c";
    value.servers = 0;
    value.new_code = true;
    expect_golden(value, R"({"cmd":"c","servers":0,"newCode":true})");
}

TEST(wire, log_chunk) {
    expect_golden(log_chunk{10, 15, "line\n", true},
                  R"({"offset":10,"nextOffset":15,"text":"line\n","end":true})");
}

TEST(wire, service) {
    service value;
    value.id = service_id{9};
    value.name = "s";
    value.project = project_id{5};
    value.state = service_state::online;
    value.url = "http://h/serving/online/9";
    value.api_key = secret("k");
    value.main_program = "model.json";
    value.inputs = {{"x", {-1, 13}, "float32"}};
    value.has_converter = true;
    value.created_at = created;
    value.updated_at = created;
    expect_golden(
        value,
        R"({"serviceId":9,"serviceName":"s","projectId":5,"state":"online","url":"http://h/serving/online/9","apiKey":"k",)"
        R"("mainProgram":"model.json","inputs":[{"name":"x","shape":[-1,13],"dtype":"float32"}],"outputs":[],"hasConverter":true,)"
        R"("createTime":"2023-11-14T22:13:20Z","updateTime":"2023-11-14T22:13:20Z","files":[],)"
        R"("options":{"workers":1,"memoryLimit":4294967296,"timeLimit":0,"maxBatch":64,"batchDelay":0,"maxQueued":0},)"
        R"("missing":[],"lastCallAt":null,"pausesAt":null,"oldKeysUntil":null})");
}

TEST(wire, endpoint) {
    expect_golden(endpoint{"http://h", secret("k")}, R"({"url":"http://h","apiKey":"k"})");
}

TEST(wire, sts_grant) {
    expect_golden(
        wire::sts_grant{"http://127.0.0.1:1", "b", "k/f", secret("a"), secret("s"), secret("t"),
                        1700000000, 1800},
        R"({"endpoint":"http://127.0.0.1:1","bucketName":"b","fileKey":"k/f","accessKeyId":"a","secretAccessKey":"s",)"
        R"("sessionToken":"t","serverTime":1700000000,"expiresIn":1800})");
}

TEST(wire, sts_grant_without_a_session_token_is_read) {
    const auto grant = from_json<wire::sts_grant>(
        R"({"endpoint":"e","bucketName":"b","fileKey":"k","accessKeyId":"a","secretAccessKey":"s","sessionToken":null})");
    ASSERT_TRUE(grant.has_value());
    EXPECT_TRUE(grant->session_token.empty());
}

TEST(wire, sts_grant_is_redacted_for_people) {
    const std::string text = to_json(wire::sts_grant{"e", "b", "k", secret("canary1"),
                                                     secret("canary2"), secret("canary3"), 0, 0})
                                 .value();
    EXPECT_EQ(text.find("canary"), std::string::npos);
}

TEST(wire, file_ids) {
    expect_golden(wire::file_ids{{file_id{1}, file_id{2}}}, R"({"fileIds":[1,2]})");
}

TEST(wire, file_url) {
    expect_golden(wire::file_url{"http://h/f", "a.csv", 3, "ab"},
                  R"({"fileUrl":"http://h/f","fileName":"a.csv","fileSize":3,"fileSha256":"ab"})");
    EXPECT_EQ(from_json<wire::file_url>(R"({"fileUrl":"u"})").value().size, -1);
}

TEST(wire, add_file) {
    expect_golden(wire::add_file{"a.csv", "k/f", "b", std::nullopt},
                  R"({"fileOriginName":"a.csv","fileKey":"k/f","bucketName":"b"})");
    expect_golden(wire::add_file{"a.csv", "k/f", "b", "abs"},
                  R"({"fileOriginName":"a.csv","fileKey":"k/f","bucketName":"b","fileAbs":"abs"})");
    EXPECT_EQ(from_json<wire::add_file>(
                  R"({"fileOriginName":"a","fileKey":"k","bucketName":"b","fileAbs":null})")
                  .value()
                  .file_abs,
              std::nullopt);
}

TEST(wire, added_file) { expect_golden(wire::added_file{file_id{7}}, R"({"fileId":7})"); }

TEST(wire, create_dataset) {
    expect_golden(
        wire::create_dataset{
            "n", std::nullopt, {file_id{7}}, visibility::private_access, licence::cc0},
        R"({"datasetName":"n","fileIds":[7],"datasetType":1,"protocolId":1})");
    expect_golden(
        wire::create_dataset{"n", "abs", {}, visibility::public_access, licence::other},
        R"({"datasetName":"n","datasetAbs":"abs","fileIds":[],"datasetType":2,"protocolId":8})");
}

TEST(wire, created_dataset) {
    expect_golden(wire::created_dataset{dataset_id{65}}, R"({"datasetId":65})");
}

TEST(wire, create_job) {
    expect_golden(
        wire::create_job{"n",
                         "python a.py",
                         "paddle3.0_py3.10",
                         "v100",
                         4,
                         "acoin",
                         {{dataset_id{65}}},
                         std::nullopt,
                         ""},
        R"({"name":"n","cmd":"python a.py","env":"paddle3.0_py3.10","device":"v100","gpus":4,"payment":"acoin",)"
        R"("dataset":[{"datasetId":65}],"remark":""})");
    expect_golden(
        wire::create_job{"n", "c", "e", "d", 1, "coupon", {}, project_id{5}, "r"},
        R"({"name":"n","cmd":"c","env":"e","device":"d","gpus":1,"payment":"coupon","dataset":[],"projectId":5,"remark":"r"})");
}

TEST(wire, created_job) { expect_golden(wire::created_job{job_id{"p"}}, R"({"pipelineId":"p"})"); }

TEST(wire, job_callback) {
    expect_golden(wire::job_callback{job_id{"p"}, true, "/k", "f.zip"},
                  R"({"pipelineId":"p","success":true,"fileKey":"/k","fileName":"f.zip"})");
    const auto failed = from_json<wire::job_callback>(
        R"({"pipelineId":"p","success":false,"fileKey":null,"fileName":null})");
    EXPECT_EQ(failed.value().file_key, std::nullopt);
}

TEST(wire, list_jobs_sends_empty_text_for_no_filter) {
    expect_golden(wire::list_jobs{}, R"({"pipelineId":"","pipelineName":"","stage":""})");
    expect_golden(wire::list_jobs{job_id{"p"}, "n", "Running"},
                  R"({"pipelineId":"p","pipelineName":"n","stage":"Running"})");
}

TEST(wire, stop_job) { expect_golden(wire::stop_job{job_id{"p"}}, R"({"pipelineId":"p"})"); }

TEST(wire, page_of) {
    expect_golden(wire::page_of<wire::created_job>{{{job_id{"p"}}}, 51, 2, 50},
                  R"({"data":[{"pipelineId":"p"}],"totalCount":51,"page":2,"pageSize":50})");
}

TEST(wire, grant_request) {
    expect_golden(wire::grant_request{"model", {}}, R"({"purpose":"model"})");
    expect_golden(wire::grant_request{"file", "files/7"}, R"({"purpose":"file","key":"files/7"})");
}

TEST(wire, create_service) {
    wire::create_service value;
    value.service_name = "s";
    value.project_id = project_id{5};
    value.job_id = job_id{"p"};
    value.job_path = "model";
    value.inputs = {{"x", {-1}, "int64"}};
    expect_golden(
        value,
        R"({"serviceName":"s","projectId":5,"jobId":"p","jobPath":"model","modelKey":"","mainProgram":"",)"
        R"("inputs":[{"name":"x","shape":[-1],"dtype":"int64"}],"outputs":[],"converter":"","projectPath":"","files":[],)"
        R"("options":{"workers":1,"memoryLimit":4294967296,"timeLimit":0,"maxBatch":64,"batchDelay":0,"maxQueued":0},)"
        R"("draft":false})");
}

TEST(wire, object_list) {
    wire::object_list value;
    value.name = "b";
    value.prefix = "out/";
    value.delimiter = "/";
    value.contents = {{"out/a", "2023-11-14T22:13:20Z", "0cc1", 3}};
    value.common_prefixes = {{"out/dir/"}};
    expect_golden(
        value,
        R"({"name":"b","prefix":"out/","delimiter":"/","marker":"","maxKeys":1000,"isTruncated":false,)"
        R"("contents":[{"key":"out/a","lastModified":"2023-11-14T22:13:20Z","eTag":"0cc1","size":3}],)"
        R"("commonPrefixes":[{"prefix":"out/dir/"}]})");
}

TEST(wire, object_list_of_nothing_has_both_arrays) {
    const std::string text = to_json(wire::object_list{}).value();
    EXPECT_NE(text.find(R"("contents":[])"), std::string::npos);
    EXPECT_NE(text.find(R"("commonPrefixes":[])"), std::string::npos);
}

TEST(wire, object_error) {
    expect_golden(wire::object_error{"NoSuchKey", "m", "r"},
                  R"({"code":"NoSuchKey","message":"m","requestId":"r"})");
}

} // namespace
