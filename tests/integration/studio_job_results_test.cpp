#include "integration/support/interpreter.hpp"
#include "integration/support/studio_fixture.hpp"

#include <aistudio/sync_client.hpp>

/// What a job leaves and what it needs, as a program with a client sees it.
namespace aistudio::test {
namespace {

namespace fs = std::filesystem;

class studio_job_results : public studio_test {
protected:
    void SetUp() override { start(); }

    [[nodiscard]] sync_client client() {
        client_options o;
        o.base_url = studio().base_url();
        o.access_token = studio().access_token();
        return sync_client(o);
    }
    new_job job_of(const std::string& command) {
        write_file(folder_ / "code" / "readme.txt", "x");
        new_job what;
        what.name = "a job";
        what.folder = folder_ / "code";
        what.command = command;
        return what;
    }
    job ended(const new_job& what) {
        const auto c = client();
        return c.jobs().wait(c.jobs().submit(what).value().id).value();
    }
    std::string log_of(const job_id& id) {
        std::string out;
        EXPECT_TRUE(
            client().jobs().follow_log(id, [&](const log_chunk& chunk) { out += chunk.text; }));
        return out;
    }
    /// The files of an archive, which is checked to have its documented name.
    std::map<std::string, std::string> archive_of(const job_id& id, job_archive which) {
        const auto got = client().jobs().download_archive(id, which, folder_ / "got" / "");
        if (!got) {
            ADD_FAILURE() << got.error().message();
            return {};
        }
        EXPECT_EQ(got->filename(), id.value() + "_" + std::string(enum_name(which)) + ".tar.gz");
        return files_of_tar_gz(read_file(*got));
    }
};

using contents = std::map<std::string, std::string>;

TEST_F(studio_job_results, both_archives_hold_what_the_job_wrote) {
    fs::create_directories(folder_ / "got");
    const auto j = ended(job_of("printf '训练 %s\\n' done; mkdir -p output/模型; "
                                "printf weights > output/模型/m.bin; printf r > output/r.txt"));
    ASSERT_EQ(j.stage, job_stage::succeeded) << log_of(j.id);
    const auto log = log_of(j.id);
    EXPECT_NE(log.find("\n训练 done\n"), std::string::npos) << log;
    EXPECT_EQ(archive_of(j.id, job_archive::log), (contents{{j.id.value() + "_log.txt", log}}));
    EXPECT_EQ(archive_of(j.id, job_archive::output),
              (contents{{"模型/m.bin", "weights"}, {"r.txt", "r"}}));
}

TEST_F(studio_job_results, archives_of_a_failed_job_hold_what_it_got_to) {
    fs::create_directories(folder_ / "got");
    const auto j = ended(job_of("echo began; printf half > output/half.txt; exit 3"));
    EXPECT_EQ(j.stage, job_stage::failed);
    EXPECT_EQ(j.exit_code, 3);
    EXPECT_EQ(archive_of(j.id, job_archive::log).at(j.id.value() + "_log.txt"), log_of(j.id));
    EXPECT_EQ(archive_of(j.id, job_archive::output), (contents{{"half.txt", "half"}}));
}

TEST_F(studio_job_results, stopped_job_keeps_log_and_output) {
    fs::create_directories(folder_ / "got");
    const auto c = client();
    const auto id = c.jobs()
                        .submit(job_of("printf half > output/half.txt; echo before the stop; "
                                       "while true; do sleep 0.05; done"))
                        .value()
                        .id;
    ASSERT_TRUE(eventually([&] {
        return c.jobs().log(id).value().text.find("\nbefore the stop\n") != std::string::npos;
    }));
    ASSERT_TRUE(c.jobs().stop(id));
    const auto j = c.jobs().wait(id).value();
    EXPECT_EQ(j.stage, job_stage::stopped);
    EXPECT_FALSE(j.exit_code);
    const auto log = log_of(id);
    EXPECT_NE(log.find("\nbefore the stop\n"), std::string::npos) << log;
    EXPECT_NE(log.find("[studio] stopping\n"), std::string::npos) << log;
    EXPECT_EQ(c.jobs().outputs(id).value().size(), 1U);
    const contents archived{{id.value() + "_log.txt", log}};
    EXPECT_EQ(archive_of(id, job_archive::log), archived);
    EXPECT_EQ(archive_of(id, job_archive::output), (contents{{"half.txt", "half"}}));
    stop();
    start(); // and after a restart
    EXPECT_EQ(log_of(id), log);
    EXPECT_EQ(archive_of(id, job_archive::log), archived);
}

// ---- packages -----------------------------------------------------------------------------------

/// A wheel, which pip installs without building anything and without the network.
std::string wheel_of(const std::string& name, const std::string& text) {
    const auto info = name + "-1.0.dist-info/";
    return zip_of({{name + ".py", text},
                   {info + "METADATA", "Metadata-Version: 2.1\nName: " + name + "\nVersion: 1.0\n"},
                   {info + "WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n"
                                    "Tag: py3-none-any\n"},
                   {info + "RECORD", name + ".py,,\n" + info + "METADATA,,\n" + info + "WHEEL,,\n" +
                                         info + "RECORD,,\n"}});
}

class studio_job_packages : public studio_job_results {
protected:
    void SetUp() override {
        if (!jobs_have("pip"))
            GTEST_SKIP() << "the jobs' interpreter has no pip";
        write_file(wheels_ / "tiny_job-1.0-py3-none-any.whl",
                   wheel_of("tiny_job", "text = 'from the wheel'\n"));
        start_with_wheels();
    }
    void start_with_wheels() {
        auto o = options();
        o.pip_options = {"--no-index", "--find-links", wheels_.string()};
        start(o);
    }
    job ended_with(std::vector<std::string> requirements) {
        auto what = job_of("python -c 'import tiny_job; print(tiny_job.text)'");
        what.requirements = std::move(requirements);
        return ended(what);
    }
    const fs::path wheels_ = folder_ / "wheels";
};

TEST_F(studio_job_packages, are_installed_for_the_first_job_and_for_no_other) {
    const auto first = ended_with({"tiny_job>=1"});
    const auto log = log_of(first.id);
    ASSERT_EQ(first.stage, job_stage::succeeded) << log;
    EXPECT_EQ(first.requirements, std::vector<std::string>{"tiny_job>=1"});
    EXPECT_NE(log.find("[studio] installing packages: tiny_job>=1\n"), std::string::npos) << log;
    EXPECT_NE(log.find("\nfrom the wheel\n"), std::string::npos) << log;

    fs::remove_all(wheels_); // nothing can be installed any more
    stop();
    start_with_wheels(); // the cache outlives the studio
    const auto second = ended_with({"tiny_job>=1"});
    const auto second_log = log_of(second.id);
    EXPECT_EQ(second.stage, job_stage::succeeded) << second_log;
    EXPECT_NE(second_log.find("packages are in the cache"), std::string::npos) << second_log;
    EXPECT_EQ(second_log.find("installing"), std::string::npos) << second_log;
    EXPECT_NE(second_log.find("\nfrom the wheel\n"), std::string::npos) << second_log;
}

TEST_F(studio_job_packages, are_not_seen_by_a_job_that_did_not_ask) {
    EXPECT_EQ(ended_with({"tiny_job"}).stage, job_stage::succeeded);
    const auto other = ended_with({});
    EXPECT_EQ(other.stage, job_stage::failed);
    EXPECT_NE(log_of(other.id).find("tiny_job"), std::string::npos);
}

TEST_F(studio_job_packages, come_with_the_job_that_is_run_anew) {
    const auto first = ended_with({"tiny_job"});
    const auto c = client();
    const auto again = c.jobs().wait(c.jobs().resubmit(first.id).value().id).value();
    EXPECT_EQ(again.stage, job_stage::succeeded) << log_of(again.id);
    EXPECT_EQ(again.requirements, first.requirements);
    EXPECT_NE(log_of(again.id).find("packages are in the cache"), std::string::npos);
}

} // namespace
} // namespace aistudio::test
