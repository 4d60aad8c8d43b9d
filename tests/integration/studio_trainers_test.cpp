#include "integration/support/interpreter.hpp"
#include "integration/support/studio_fixture.hpp"

#include <cmath>

/// Jobs of several trainers, with the launcher of PaddlePaddle.
namespace aistudio::test {
namespace {

constexpr std::chrono::seconds patience{280};

/// Each trainer has a row of its own. What it computes alone, before anything is shared, is what
/// the shared gradient must be the mean of.
constexpr auto train = R"(
import json, os
import paddle, paddle.distributed as dist
dist.init_parallel_env()
rank = dist.get_rank()
row = paddle.to_tensor([[1.0, 2.0, 3.0]]) * (rank + 1)

def model():
    paddle.seed(7)
    return paddle.nn.Linear(3, 1)

alone = model()
(alone(row) ** 2).mean().backward()
shared = paddle.DataParallel(model())
optimizer = paddle.optimizer.SGD(0.01, parameters=shared.parameters())
(shared(row) ** 2).mean().backward()
gradient = shared.parameters()[0].grad.numpy().ravel().tolist()
for _ in range(3):
    optimizer.step()
    optimizer.clear_grad()
    (shared(row) ** 2).mean().backward()
result = {'alone': alone.weight.grad.numpy().ravel().tolist(), 'gradient': gradient,
          'weights': shared.parameters()[0].numpy().ravel().tolist()}
with open(os.environ['AISTUDIO_OUTPUT_DIR'] + f'/{rank}.json', 'w') as file:
    json.dump(result, file)
print('trainer', os.environ['PADDLE_TRAINER_ID'], 'of', os.environ['PADDLE_TRAINERS'],
      os.environ['PADDLE_TRAINING_ROLE'], 'world', dist.get_world_size())
)";

class studio_trainers : public studio_test {
protected:
    void SetUp() override {
        if (!jobs_have("paddle"))
            GTEST_SKIP() << "the jobs' interpreter has no PaddlePaddle";
        start();
    }
    job run(const std::string& script) {
        wire::create_job r;
        r.name = "trainers";
        r.cmd = "python train.py";
        r.env = "paddle3.0_py3.10";
        r.device = "v100";
        r.payment = "acoin";
        r.trainers = 2;
        const auto id = api().submit_job(r, {{"train.py", script}});
        job j;
        EXPECT_TRUE(
            eventually([&] { return is_final((j = api().get_job(id)).stage.value()); }, patience));
        return j;
    }
    std::string log_of(const job& j, const std::string& role) {
        return api()
            .get<log_chunk>("/api/local/v1/jobs/" + j.id.value() + "/log?role=" + role)
            .text;
    }
    std::map<std::string, std::vector<double>> result_of(const job& j, int rank) {
        const auto file = folder_ / "studio" / "jobs" / j.id.value() / "output" /
                          (std::to_string(rank) + ".json");
        return from_json<std::map<std::string, std::vector<double>>>(
                   std::string_view(read_file(file)))
            .value();
    }
};

TEST_F(studio_trainers, two_of_them_average_their_gradients) {
    const auto j = run(train);
    ASSERT_EQ(j.stage, job_stage::succeeded) << j.message << api().whole_log(j.id);
    const auto first = result_of(j, 0);
    const auto second = result_of(j, 1);
    for (std::size_t i = 0; i < 3; ++i) {
        const auto one = first.at("alone").at(i);
        const auto other = second.at("alone").at(i);
        EXPECT_GT(std::abs(one - other), 1e-3) << "they had different rows";
        const auto mean = (one + other) / 2;
        EXPECT_NEAR(first.at("gradient").at(i), mean, 1e-4 * std::abs(mean));
        EXPECT_EQ(first.at("gradient").at(i), second.at("gradient").at(i));
        EXPECT_EQ(first.at("weights").at(i), second.at("weights").at(i));
    }
    EXPECT_NE(log_of(j, "trainer.0").find("trainer 0 of 2 TRAINER world 2\n"), std::string::npos);
    EXPECT_NE(log_of(j, "trainer.1").find("trainer 1 of 2 TRAINER world 2\n"), std::string::npos);
    EXPECT_NE(api().whole_log(j.id).find("\n[trainer.1] trainer 1 of 2"), std::string::npos);
}

TEST_F(studio_trainers, failing_one_ends_the_job_with_its_reason) {
    const auto j = run("import os, sys, time\n"
                       "if os.environ['PADDLE_TRAINER_ID'] == '1':\n"
                       "    print('out of data', flush=True)\n"
                       "    sys.exit(9)\n"
                       "time.sleep(1000)\n");
    EXPECT_EQ(j.stage, job_stage::failed);
    EXPECT_EQ(j.exit_code, 9);
    EXPECT_NE(j.message.find("trainer.1 ended with exit status 9"), std::string::npos) << j.message;
    EXPECT_EQ(log_of(j, "trainer.1"), "out of data\n");
}

} // namespace
} // namespace aistudio::test
