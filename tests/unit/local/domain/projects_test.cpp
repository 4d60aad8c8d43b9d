#include "local/domain/project_versions.hpp"

#include "local/domain/datasets.hpp"
#include "local/refusal.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

namespace aistudio::local::domain {
namespace {

namespace fs = std::filesystem;

/// What one user sees of a studio's folder.
struct account {
    account(store::database& d, store::content_store& c, const std::string& user)
        : projects(d, user), files(d, c, projects), versions(d, c, projects, files),
          datasets(d, c, user) {}

    domain::projects projects;
    project_files files;
    project_versions versions;
    domain::datasets datasets;
};

class projects_test : public testing::Test {
protected:
    static std::int64_t code_of(const std::function<void()>& call) {
        try {
            call();
        } catch (const refusal& r) {
            message_ = r.message();
            return r.code();
        }
        return 0;
    }
    project make(account& whose, const std::string& name = "p") {
        new_project what;
        what.name = name;
        return whose.projects.create(what);
    }
    void write(account& whose, project_id id, const std::string& path, std::string_view text) {
        std::vector<std::string> freed;
        whose.files.put(id, path, whose.files.prepare(text), freed);
        contents_.collect(freed);
    }
    std::vector<std::string> names(account& whose, list_scope scope) {
        std::vector<std::string> out;
        for (const auto& p : whose.projects.list({scope, {}}).data)
            out.push_back(p.name);
        return out;
    }
    std::int64_t contents() { return database_.number("SELECT count(*) FROM contents"); }

    inline static std::string message_;
    test::temporary_folder folder_;
    store::database database_{folder_ / "studio.db"};
    store::content_store contents_{database_, folder_.path()};
    account me_{database_, contents_, "me"};
    account she_{database_, contents_, "she"};
};

TEST_F(projects_test, private_project_of_another_is_hidden) {
    const auto hers = make(she_);
    using list = std::vector<std::string>;
    EXPECT_EQ(names(me_, list_scope::own), list{});
    EXPECT_EQ(names(me_, list_scope::all), list{});
    EXPECT_EQ(names(she_, list_scope::own), list{"p"});
    EXPECT_EQ(code_of([&] { (void)me_.projects.get(hers.id); }), service_code::forbidden);
    EXPECT_EQ(code_of([&] { (void)me_.projects.fork(hers.id, ""); }), service_code::forbidden);
    EXPECT_NE(message_.find("publish"), std::string::npos) << message_;
    EXPECT_EQ(code_of([&] { (void)me_.files.list(hers.id, 0); }), service_code::forbidden);
    EXPECT_EQ(code_of([&] { (void)me_.versions.list(hers.id); }), service_code::forbidden);
    EXPECT_EQ(code_of([&] { (void)me_.projects.mark(hers.id, true); }), service_code::forbidden);
}

TEST_F(projects_test, public_project_of_another_is_read_only) {
    const auto hers = make(she_);
    write(she_, hers.id, "a.py", "1\n");
    she_.projects.share(hers.id, visibility::public_access);
    EXPECT_EQ(me_.projects.get(hers.id).owner, "she");
    EXPECT_EQ(me_.files.text(hers.id, "a.py", 0), "1\n");
    using list = std::vector<std::string>;
    EXPECT_EQ(names(me_, list_scope::shared), list{"p"});
    EXPECT_EQ(names(me_, list_scope::all), list{"p"});
    EXPECT_EQ(names(me_, list_scope::own), list{});
    std::vector<std::string> freed;
    for (const auto& change : std::vector<std::function<void()>>{
             [&] { me_.projects.update(hers.id, {}); },
             [&] { me_.projects.remove(hers.id, freed); },
             [&] { me_.projects.share(hers.id, visibility::private_access); },
             [&] { write(me_, hers.id, "a.py", "2\n"); },
             [&] { me_.files.make_folder(hers.id, "b"); },
             [&] { me_.files.remove(hers.id, "a.py", freed); },
             [&] { me_.files.rename(hers.id, {"a.py", "b.py"}); },
             [&] { me_.files.set_main_file(hers.id, "a.py"); },
             [&] { me_.versions.save(hers.id, ""); }, [&] { me_.versions.restore(hers.id, 1); }}) {
        EXPECT_EQ(code_of(change), service_code::forbidden);
        EXPECT_NE(message_.find("fork"), std::string::npos) << message_;
    }
    EXPECT_EQ(she_.files.text(hers.id, "a.py", 0), "1\n");
}

TEST_F(projects_test, fork_of_another_is_mine_and_its_record_names_me) {
    const auto hers = make(she_);
    write(she_, hers.id, "a.py", "1\n");
    she_.projects.share(hers.id, visibility::public_access);
    const auto copy = me_.projects.fork(hers.id, "");
    EXPECT_EQ(copy.owner, "me");
    EXPECT_EQ(copy.forked_from, hers.id);
    const auto records = she_.projects.forks(hers.id);
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].id, copy.id);
    EXPECT_EQ(records[0].owner, "me");
    std::vector<std::string> freed;
    me_.projects.remove(copy.id, freed);
    contents_.collect(freed);
    EXPECT_EQ(she_.files.text(hers.id, "a.py", 0), "1\n"); // the content is hers as well
    EXPECT_EQ(she_.projects.forks(hers.id).size(), 1U);
}

TEST_F(projects_test, fork_leaves_private_datasets_of_another_behind) {
    wire::create_dataset d;
    d.dataset_name = "secret";
    const auto hidden = she_.datasets.create(d);
    d.dataset_type = visibility::public_access;
    const auto open = she_.datasets.create(d);
    new_project what;
    what.name = "p";
    what.datasets = {hidden, open};
    const auto hers = she_.projects.create(what);
    she_.projects.share(hers.id, visibility::public_access);
    EXPECT_EQ(me_.projects.fork(hers.id, "").datasets, std::vector{open});
    const auto mine = make(me_);
    EXPECT_EQ(code_of([&] { me_.projects.attach(mine.id, hidden); }), service_code::forbidden);
    EXPECT_EQ(me_.projects.attach(mine.id, open).datasets, std::vector{open});
}

TEST_F(projects_test, deleted_project_is_called_deleted) {
    const auto mine = make(me_);
    std::vector<std::string> freed;
    me_.projects.remove(mine.id, freed);
    EXPECT_EQ(code_of([&] { me_.projects.fork(mine.id, ""); }), service_code::not_found);
    EXPECT_NE(message_.find("deleted"), std::string::npos) << message_;
    EXPECT_EQ(code_of([&] { me_.projects.fork(project_id(4711), ""); }), service_code::not_found);
    EXPECT_EQ(message_.find("deleted"), std::string::npos) << message_;
}

TEST_F(projects_test, favourite_that_became_private_is_not_shown) {
    const auto hers = make(she_);
    she_.projects.share(hers.id, visibility::public_access);
    me_.projects.mark(hers.id, true);
    EXPECT_TRUE(me_.projects.get(hers.id).favourite);
    EXPECT_FALSE(she_.projects.get(hers.id).favourite);
    EXPECT_EQ(me_.projects.list({list_scope::favourites, {}}).total_count, 1);
    she_.projects.share(hers.id, visibility::private_access);
    EXPECT_EQ(me_.projects.list({list_scope::favourites, {}}).total_count, 0);
}

TEST_F(projects_test, pages_of_all_scopes_are_the_list_in_pieces) {
    for (int i = 1; i <= 23; ++i) {
        auto& whose = i % 3 == 0 ? she_ : me_;
        const auto p = make(whose, std::to_string(i));
        if (i % 2 == 0)
            whose.projects.share(p.id, visibility::public_access);
        if (i % 5 == 0) {
            project_changes official;
            official.official = true;
            whose.projects.update(p.id, official);
        }
        if (whose.projects.get(p.id).owner == "me")
            me_.projects.mark(p.id, i % 4 == 0);
    }
    std::vector<std::string> freed;
    me_.projects.remove(project_id(4), freed);
    for (const auto& [scope, name] : enum_table<list_scope>::values) {
        std::vector<std::int64_t> expected;
        for (int i = 23; i >= 1; --i) {
            const bool mine = i % 3 != 0;
            const bool official = i % 5 == 0;
            const bool open = i % 2 == 0;
            const bool in = scope == list_scope::own          ? mine
                            : scope == list_scope::shared     ? open && !official
                            : scope == list_scope::official   ? official
                            : scope == list_scope::favourites ? mine && i % 4 == 0
                                                              : mine || open || official;
            if (in && i != 4)
                expected.push_back(i);
        }
        for (const int size : {1, 2, 7, 50}) {
            std::vector<std::int64_t> got;
            int page = 1;
            for (;; ++page) {
                const auto part = me_.projects.list({scope, {page, size}});
                EXPECT_EQ(part.total_count, static_cast<std::int64_t>(expected.size())) << name;
                for (const auto& p : part.data)
                    got.push_back(p.id.value());
                if (part.data.size() < static_cast<std::size_t>(size))
                    break;
            }
            EXPECT_EQ(got, expected) << name << ", pages of " << size;
            EXPECT_TRUE(me_.projects.list({scope, {page + 1, size}}).data.empty());
        }
    }
}

TEST_F(projects_test, overwritten_and_removed_files_give_their_room_back) {
    const auto mine = make(me_);
    write(me_, mine.id, "a", "one");
    write(me_, mine.id, "b", "one");
    EXPECT_EQ(contents(), 1);
    write(me_, mine.id, "a", "two");
    EXPECT_EQ(contents(), 2);
    std::vector<std::string> freed;
    me_.files.remove(mine.id, "b", freed);
    contents_.collect(freed);
    EXPECT_EQ(contents(), 1);
    me_.versions.save(mine.id, "");
    write(me_, mine.id, "a", "three");
    EXPECT_EQ(contents(), 2); // the version keeps its own
    freed.clear();
    me_.projects.remove(mine.id, freed);
    contents_.collect(freed);
    EXPECT_EQ(contents(), 0);
    EXPECT_EQ(database_.number("SELECT (SELECT count(*) FROM project_files) + (SELECT count(*) "
                               "FROM version_files) + (SELECT count(*) FROM project_versions)"),
              0);
}

TEST_F(projects_test, room_is_bounded) {
    EXPECT_NO_THROW(check_project_size(max_project_files, max_project_bytes));
    EXPECT_THROW(check_project_size(max_project_files + 1, 0), refusal);
    EXPECT_THROW(check_project_size(0, max_project_bytes + 1), refusal);
    const auto mine = make(me_);
    database_.transact([&] {
        for (int i = 0; i < max_project_files - 1; ++i)
            database_.execute("INSERT INTO project_files (project_id, path, modified_at) VALUES "
                              "(?, ?, 0)",
                              mine.id.value(), "f" + std::to_string(i));
    });
    write(me_, mine.id, "last", "x");
    EXPECT_EQ(code_of([&] { write(me_, mine.id, "one more", "x"); }), service_code::conflict);
    EXPECT_NE(message_.find("dataset"), std::string::npos) << message_;
    write(me_, mine.id, "last", "replaced");
    EXPECT_EQ(me_.files.list(mine.id, 0).size(), static_cast<std::size_t>(max_project_files));
}

TEST_F(projects_test, renaming_a_folder_spares_its_neighbours) {
    const auto mine = make(me_);
    for (const auto* path : {"a/x", "a/数/y", "a.b", "a0", "a-", "ab/x"})
        write(me_, mine.id, path, path);
    me_.files.rename(mine.id, {"a", "长的名字"});
    std::vector<std::string> paths;
    for (const auto& f : me_.files.list(mine.id, 0))
        if (!f.folder)
            paths.push_back(f.path);
    EXPECT_EQ(paths,
              (std::vector<std::string>{"a-", "a.b", "a0", "ab/x", "长的名字/x", "长的名字/数/y"}));
    EXPECT_EQ(me_.files.text(mine.id, "长的名字/数/y", 0), "a/数/y");
}

TEST_F(projects_test, folder_whose_files_would_get_too_long_paths_stays) {
    const auto mine = make(me_);
    const std::string part(255, 'n');
    write(me_, mine.id, "a/" + part + "/" + part + "/" + part, "x");
    EXPECT_EQ(code_of([&] { me_.files.rename(mine.id, {"a", part}); }), 0);
    EXPECT_EQ(code_of([&] { me_.files.rename(mine.id, {part, "b/" + part}); }),
              service_code::parameter_invalid);
    EXPECT_EQ(me_.files.list(mine.id, 0).size(), 4U);
}

TEST_F(projects_test, command_of_the_main_file_is_safe_in_a_shell) {
    const auto mine = make(me_);
    EXPECT_EQ(code_of([&] { (void)me_.files.start_command(mine.id); }), service_code::conflict);
    const std::pair<const char*, const char*> all[] = {
        {"a b.py", "python 'a b.py'"},
        {"$(x);.sh", "sh '$(x);.sh'"},
        {"it's.py", "python 'it'\\''s.py'"},
        {"-c.py", "python './-c.py'"},
    };
    for (const auto& [path, command] : all) {
        write(me_, mine.id, path, "");
        me_.files.set_main_file(mine.id, path);
        EXPECT_EQ(me_.files.start_command(mine.id), command);
    }
}

class staged_versions_test : public projects_test {
protected:
    staged_versions_test() {
        test::write_file(folder_ / "code/main.py", "print(1)\n");
        test::write_file(folder_ / "code/lib/run.sh", "x\n");
        fs::create_directories(folder_ / "code/empty");
        fs::permissions(folder_ / "code/lib/run.sh", fs::perms::owner_exec, fs::perm_options::add);
    }
    const project_id id_ = make(me_).id;
};

TEST_F(staged_versions_test, version_of_a_folder_comes_back_unchanged) {
    write(me_, id_, "main.py", "other");
    me_.files.set_main_file(id_, "main.py");
    const auto staged = me_.versions.stage(id_, folder_ / "code");
    EXPECT_TRUE(me_.versions.list(id_).empty()); // nobody sees it yet
    EXPECT_EQ(database_.transact([&] { return me_.versions.submit(id_, 7, "r", staged); }), 1);
    const auto v = me_.versions.get(id_, 1);
    EXPECT_EQ(v.state, version_state::submitted);
    EXPECT_EQ(v.job, job_id("job-7"));
    EXPECT_EQ(v.main_file, "main.py");
    EXPECT_EQ(v.file_count, 2);
    EXPECT_EQ(v.size, 11);
    fs::create_directories(folder_ / "back");
    me_.versions.write_to(id_, 1, folder_ / "back");
    EXPECT_EQ(test::read_file(folder_ / "back/main.py"), "print(1)\n");
    EXPECT_EQ(test::read_file(folder_ / "back/lib/run.sh"), "x\n");
    EXPECT_TRUE(fs::is_directory(folder_ / "back/empty"));
    const auto is_executable = [&](const char* file) {
        return (fs::status(folder_ / file).permissions() & fs::perms::owner_exec) !=
               fs::perms::none;
    };
    EXPECT_TRUE(is_executable("back/lib/run.sh"));
    EXPECT_FALSE(is_executable("back/main.py"));
    test::write_file(folder_ / "back/main.py", "a job may change its copy");
    EXPECT_EQ(me_.files.text(id_, "main.py", 1), "print(1)\n");
    EXPECT_EQ(me_.files.text(id_, "main.py", 0), "other"); // the project's own files stay
}

TEST_F(staged_versions_test, what_is_not_submitted_is_forgotten) {
    {
        const auto staged = me_.versions.stage(id_, folder_ / "code");
        EXPECT_EQ(contents(), 2);
    }
    EXPECT_EQ(contents(), 0);
    EXPECT_EQ(database_.number("SELECT count(*) FROM project_versions"), 0);
}

TEST_F(staged_versions_test, what_a_killed_studio_staged_is_forgotten_at_the_next_start) {
    auto* left = new staged_version(me_.versions.stage(id_, folder_ / "code"));
    EXPECT_EQ(contents(), 2);
    const account again(database_, contents_, "me");
    EXPECT_EQ(contents(), 0);
    delete left;
}

TEST_F(staged_versions_test, equal_content_is_stored_once) {
    for (int i = 1; i <= 3; ++i) {
        const auto staged = me_.versions.stage(id_, folder_ / "code");
        EXPECT_EQ(database_.transact([&] { return me_.versions.submit(id_, i, "", staged); }), i);
    }
    EXPECT_EQ(contents(), 2);
    EXPECT_EQ(me_.versions.list(id_).size(), 3U);
}

TEST_F(staged_versions_test, many_files_are_kept_in_turns) {
    for (int i = 0; i < 200; ++i)
        test::write_file(folder_ / ("code/f" + std::to_string(i)), std::to_string(i));
    const auto staged = me_.versions.stage(id_, folder_ / "code");
    database_.transact([&] { return me_.versions.submit(id_, 1, "", staged); });
    EXPECT_EQ(me_.versions.get(id_, 1).file_count, 202);
    EXPECT_EQ(me_.files.text(id_, "f199", 1), "199");
}

TEST_F(staged_versions_test, names_that_no_project_can_have_are_refused) {
    test::write_file(folder_ / "code" / "a\nb", "x");
    EXPECT_THROW((void)me_.versions.stage(id_, folder_ / "code"), refusal);
    EXPECT_EQ(contents(), 0);
    EXPECT_EQ(database_.number("SELECT count(*) FROM project_versions"), 0);
}

TEST_F(staged_versions_test, links_are_left_out) {
    fs::create_symlink("/etc/passwd", folder_ / "code/link");
    const auto staged = me_.versions.stage(id_, folder_ / "code");
    database_.transact([&] { return me_.versions.submit(id_, 1, "", staged); });
    EXPECT_EQ(me_.versions.get(id_, 1).file_count, 2);
}

} // namespace
} // namespace aistudio::local::domain
