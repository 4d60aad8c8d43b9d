#include "local/jobs/runner.hpp"
#include "local/serving/engine.hpp"

#include <aistudio/codec/json_value.hpp>
#include <aistudio/protocol/service_codes.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <future>
#include <sstream>

/// The engine with real Paddle models. The tests run in the root of the sources.
namespace {

namespace fs = std::filesystem;
namespace jobs = aistudio::local::jobs;
using namespace aistudio;
using namespace aistudio::local::serving;
using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr auto patience = 200s;
constexpr service_id id{7};

std::string text_of(const fs::path& file) {
    std::ostringstream out; // its << survives a file of /proc that goes while it is read
    out << std::ifstream(file, std::ios::binary).rdbuf();
    return out.str();
}

fs::path python() {
    const char* set = std::getenv("AISTUDIO_PYTHON");
    return set != nullptr ? set : "python3";
}

class folder {
public:
    folder() {
        std::string name = fs::temp_directory_path() / "serving_test.XXXXXX";
        if (::mkdtemp(name.data()) == nullptr)
            throw std::runtime_error("mkdtemp");
        path_ = name;
    }
    ~folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    fs::path operator/(const std::string& below) const { return path_ / below; }

private:
    fs::path path_;
};

/// Saves two networks: one of two inputs and two outputs, and one of a fixed shape.
constexpr auto make_models = R"(
import paddle
from paddle import nn
from paddle.static import InputSpec

class Pair(nn.Layer):
    def __init__(self):
        super().__init__()
        self.sum = nn.Linear(3, 1, weight_attr=nn.initializer.Constant(1.0))

    def forward(self, a, b):
        return a * 2, self.sum(a) + paddle.cast(b, 'float32')


paddle.jit.save(Pair(), 'output/pair/model', input_spec=[InputSpec([None, 3], 'float32', 'a'),
                                                         InputSpec([None, 1], 'int64', 'b')])
paddle.jit.save(Pair().sum, 'output/total/model', input_spec=[InputSpec([2, 3], 'float32', 'a')])
)";

class Paddle : public testing::Test {
protected:
    Paddle() {
        for (const auto* name : {"code", "output"})
            fs::create_directories(at / name);
    }

    /// Runs a job to its end.
    void run_job(const std::string& command) {
        jobs::runner runner({at / "runner"});
        std::promise<jobs::exit_report> ended;
        const auto started = runner.start(
            {"job-1",
             at / "code",
             at / "output",
             at / "log",
             command,
             python(),
             "paddle3.0_py3.10",
             {{fs::absolute("examples/data/uci_housing.csv"), "data65/uci_housing.csv"}},
             true},
            [&](jobs::exit_report r) { ended.set_value(std::move(r)); });
        ASSERT_TRUE(started) << started.error().message();
        auto end = ended.get_future();
        ASSERT_EQ(end.wait_for(patience), std::future_status::ready) << text_of(at / "log");
        ASSERT_EQ(end.get().exit_code, 0) << text_of(at / "log");
    }

    void make_small_models() {
        std::ofstream(at / "code/make.py") << make_models;
        run_job("python make.py");
    }

    void add(const std::string& model, std::vector<tensor_spec> inputs = {},
             std::vector<tensor_spec> outputs = {}, const std::string& converter = {}) {
        const auto added = served.add(
            id, {at / "output" / model, "", std::move(inputs), std::move(outputs), converter, {}});
        ASSERT_TRUE(added) << added.error().message();
    }

    std::future<answer> send(std::string body) {
        auto promise = std::make_shared<std::promise<answer>>();
        served.predict(id, std::move(body),
                       [promise](answer a) { promise->set_value(std::move(a)); });
        return promise->get_future();
    }
    static answer await(std::future<answer> f) {
        if (f.wait_for(patience) != std::future_status::ready)
            throw std::runtime_error("no answer came");
        return f.get();
    }
    answer ask(std::string body) { return await(send(std::move(body))); }

    folder at;
    engine served{{python(), at / "engine", 30s, 1000, {}}};
};

struct house {
    std::string record; ///< JSON object by feature.
    std::string row;    ///< JSON array in the order of the columns.
    double price = 0;
};

std::vector<house> read_houses(const fs::path& csv) {
    std::ifstream in(csv);
    std::string line;
    std::getline(in, line);
    const auto split = [](const std::string& text) {
        std::vector<std::string> out;
        std::istringstream cells(text);
        for (std::string cell; std::getline(cells, cell, ',');)
            out.push_back(cell);
        return out;
    };
    const auto names = split(line);
    std::vector<house> out;
    while (std::getline(in, line)) {
        const auto cells = split(line);
        house h{"{", "[", std::stod(cells.back())};
        for (std::size_t i = 0; i + 1 < cells.size(); ++i) {
            h.record += (i ? ",\"" : "\"") + names[i] + "\":" + cells[i];
            h.row += (i ? "," : "") + cells[i];
        }
        h.record += "}";
        h.row += "]";
        out.push_back(std::move(h));
    }
    return out;
}

/// A converter as it is written on the platform: fields by name, pieces of fluid, a reader that is
/// called later, and imports that it may not need.
constexpr auto platform_converter = R"(
import os
import sys
from PIL import Image
import numpy as np
import paddle.fluid as fluid
sys.path.append("..")
from home.utility import base64_to_image


def reader_infer(data_args):
    def reader():
        numbers = [float(data_args[name]) for name in (
            "CRIM", "ZN", "INDUS", "CHAS", "NOX", "RM", "AGE", "DIS", "RAD", "TAX", "PTRATIO", "B", "LSTAT")]
        x = fluid.layers.data(name="x", shape=[13], dtype="float32")
        feeder = fluid.DataFeeder(place=fluid.CPUPlace(), feed_list=[x])
        return [[numbers]], feeder

    return reader


def output(results, data_args):
    return [{"predict": dt.tolist()} for dt in results]
)";

/// The record with its numbers as texts.
std::string with_texts(const house& h) {
    std::string out;
    for (std::size_t i = 0; i < h.record.size(); ++i) {
        out += h.record[i];
        if (h.record[i] == ':')
            out += '"';
        if (i + 1 < h.record.size() && h.record[i] != '{' &&
            (h.record[i + 1] == ',' || h.record[i + 1] == '}'))
            out += '"';
    }
    return out;
}

/// The number at the end of `[{"predict":[[v]]}]`.
double price_in(const std::string& result_json) {
    json_document document;
    const auto root = document.parse(result_json);
    if (!root)
        throw std::runtime_error("not JSON: " + result_json);
    const auto first = *root->items().begin();
    const auto rows = first.find("predict").value();
    return (*(*rows.items().begin()).items().begin()).get_double().value();
}

TEST_F(Paddle, housing_job_gives_a_service_that_predicts_held_out_prices) {
    for (const auto* name : {"train.py", "converter.py"})
        fs::copy_file(fs::path("examples/housing") / name, at / "code" / name);
    run_job("python train.py");
    add("model", {{"x", {-1, 13}, "float32"}}, {}, text_of("examples/housing/converter.py"));

    const auto houses = read_houses(at / "output/holdout.csv");
    ASSERT_EQ(houses.size(), 102U);
    std::vector<std::future<answer>> answers;
    for (const auto& h : houses)
        answers.push_back(send(h.record));
    double error = 0;
    std::vector<double> prices;
    for (std::size_t i = 0; i < houses.size(); ++i) {
        const auto a = await(std::move(answers[i]));
        ASSERT_EQ(a.code, 0) << a.message;
        prices.push_back(price_in(a.result_json));
        error += std::abs(prices.back() - houses[i].price);
    }
    EXPECT_LT(error / static_cast<double>(houses.size()), 3.5);

    // A converter of the platform runs unchanged, with numbers and with texts of numbers.
    add("model", {}, {}, platform_converter);
    for (const std::size_t i : {std::size_t{0}, houses.size() / 2, houses.size() - 1})
        for (const auto& record : {houses[i].record, with_texts(houses[i])}) {
            const auto a = ask(record);
            ASSERT_EQ(a.code, 0) << record << ": " << a.message;
            EXPECT_NEAR(price_in(a.result_json), prices[i], 1e-3) << record;
        }
    const auto lacking = ask(R"({"CRIM":"0.1"})");
    EXPECT_EQ(lacking.code, service_code::converter_failed);
    EXPECT_THAT(lacking.message, testing::AllOf(HasSubstr("line 13"), HasSubstr("KeyError: 'ZN'")));

    // Alone and without the converter the model says the same.
    add("model", {}, {}, text_of("examples/housing/converter.py"));
    EXPECT_NEAR(price_in(ask(houses[5].record).result_json), prices[5], 1e-3);
    add("model");
    const auto plain = ask("{\"x\":[" + houses[5].row + "," + houses[6].row + "]}");
    json_document document;
    const auto root = document.parse(plain.result_json);
    ASSERT_TRUE(root) << plain.message;
    const auto rows = (*root->fields().begin()).value;
    EXPECT_EQ(rows.size(), 2U);
    EXPECT_NEAR((*(*rows.items().begin()).items().begin()).get_double().value(), prices[5], 1e-3);
}

TEST_F(Paddle, fields_are_checked_and_a_bad_call_fails_alone) {
    make_small_models();
    add("pair");
    const std::string good = R"({"a":[[1,2,3]],"b":[[4]]})";
    const std::vector<std::tuple<std::string, std::int64_t, std::string>> cases{
        {good, 0, "[[2.0,4.0,6.0]]"},
        {R"({"a":[[1,2,3]]})", service_code::parameter_missing, "`b` is missing"},
        {R"({"a":[[1,2]],"b":[[4]]})", service_code::parameter_invalid, "shape [1, 2]"},
        {R"({"a":[1,2,3],"b":[[4]]})", service_code::parameter_invalid, "shape [3]"},
        {R"({"a":[[1,2,3],[1]],"b":[[4]]})", service_code::parameter_invalid, "equal length"},
        {R"({"a":[[1,2,null]],"b":[[4]]})", service_code::parameter_invalid, "numbers"},
        {R"({"a":[[1,2,"3"]],"b":[[4]]})", service_code::parameter_invalid, "numbers"},
        {R"({"a":[[1,2,1e400]],"b":[[4]]})", service_code::parameter_invalid, "float32 cannot"},
        {R"({"a":[[1,2,3]],"b":[[4.5]]})", service_code::parameter_invalid, "int64 cannot"},
        {R"({"a":[[1,2,3],[4,5,6]],"b":[[4],[5]]})", 0, "[[10.0],[20.0]]"},
        {good, 0, "[[10.0]]"}};
    std::vector<std::future<answer>> answers;
    for (const auto& c : cases)
        answers.push_back(send(std::get<0>(c)));
    for (std::size_t i = 0; i < cases.size(); ++i) {
        const auto& [body, code, says] = cases[i];
        const auto a = await(std::move(answers[i]));
        EXPECT_EQ(a.code, code) << body << ": " << a.message;
        EXPECT_THAT(a.code == 0 ? a.result_json : a.message, HasSubstr(says)) << body;
    }
}

TEST_F(Paddle, model_of_a_fixed_shape_takes_calls_one_by_one) {
    make_small_models();
    add("total");
    std::vector<std::future<answer>> answers;
    for (int i = 0; i < 5; ++i)
        answers.push_back(send("{\"a\":[[0,0,0],[0,0," + std::to_string(i) + "]]}"));
    for (int i = 0; i < 5; ++i) {
        const auto a = await(std::move(answers[i]));
        EXPECT_THAT(a.result_json, HasSubstr(":[[0.0],[" + std::to_string(i) + ".0]]"))
            << a.message;
    }
}

/// Saves a network that adds up images of 3 x 3 pixels, and one that doubles their size as well,
/// which Paddle 3.3 with oneDNN loads but does not run.
constexpr auto make_convolutions = R"(
import paddle
from paddle import nn


class Enlarged(nn.Layer):
    def __init__(self, sum):
        super().__init__()
        self.sum = sum

    def forward(self, image):
        return nn.functional.interpolate(self.sum(image), scale_factor=2)


sum = nn.Conv2D(1, 1, 3, weight_attr=nn.initializer.Constant(1.0))
spec = [paddle.static.InputSpec([None, 1, 3, 3], 'float32', 'image')]
paddle.jit.save(sum, 'output/sum/model', input_spec=spec)
paddle.jit.save(Enlarged(sum), 'output/enlarged/model', input_spec=spec)
)";

TEST_F(Paddle, model_of_convolutions_is_served_whether_onednn_computes_it_or_not) {
    std::ofstream(at / "code/make.py") << make_convolutions;
    run_job("python make.py");
    for (const auto* model : {"sum", "enlarged"}) {
        add(model);
        std::vector<std::future<answer>> answers;
        for (int i = 0; i < 20; ++i)
            answers.push_back(
                send("{\"image\":[[[[1,2,3],[4,5,6],[7,8," + std::to_string(i) + "]]]]}"));
        for (int i = 0; i < 20; ++i) {
            const auto a = await(std::move(answers[i]));
            EXPECT_THAT(a.result_json, HasSubstr(":[[[[" + std::to_string(36 + i) + ".0"))
                << model << ": " << a.message;
        }
    }
}

TEST_F(Paddle, model_of_paddle_2_is_served) {
    std::ofstream(at / "code/make.py") << make_models;
    run_job("FLAGS_enable_pir_api=0 python make.py");
    ASSERT_TRUE(fs::exists(at / "output/pair/model.pdmodel"));
    add("pair", {{"b", {-1, 1}, "int64"}});
    const auto a = ask(R"({"a":[[1,2,3]],"b":[[4]]})");
    EXPECT_THAT(a.result_json, HasSubstr("[[2.0,4.0,6.0]]")) << a.message;
    EXPECT_THAT(ask(R"({"a":[[1,2]],"b":[[4]]})").message, HasSubstr("the model takes [-1, 3]"));
}

/// Saves a network in both forms of Paddle 1: all parameters in `__params__`, and each in its file.
constexpr auto make_old_models = R"(
import os
import shutil
import paddle
from paddle.nn.initializer import Constant
from paddle.pir_utils import OldIrGuard
from paddle.static import io

paddle.enable_static()
with OldIrGuard():
    program, start = paddle.static.Program(), paddle.static.Program()
    with paddle.static.program_guard(program, start):
        x = paddle.static.data('x', [None, 3], 'float32')
        y = paddle.static.nn.fc(x, 1, weight_attr=Constant(1.0), bias_attr=Constant(2.0))
    run = paddle.static.Executor(paddle.CPUPlace())
    run.run(start)
    io.save_inference_model('saved/m', [x], [y], run, program=program)
    program = io.load_inference_model('saved/m', run)[0]
    for folder in ('whole', 'apart/inner', 'torn'):
        os.makedirs('output/' + folder)
        shutil.copy('saved/m.pdmodel', f'output/{folder}/__model__')
    shutil.copy('saved/m.pdiparams', 'output/whole/__params__')
    io.save_vars(run, 'output/apart/inner', main_program=program,
                 predicate=lambda v: v.persistable and v.name not in ('feed', 'fetch'))
    print('files of parameters:', os.listdir('output/apart/inner'))
    name = next(name for name in os.listdir('output/apart/inner') if name.endswith('w_0'))
    shutil.copy('output/apart/inner/' + name, 'output/torn/' + name)
)";

TEST_F(Paddle, model_of_paddle_1_is_served_with_its_parameters_in_one_file_or_in_many) {
    std::ofstream(at / "code/make.py") << make_old_models;
    run_job("python make.py");
    ASSERT_FALSE(fs::exists(at / "output/apart/inner/__params__"));
    for (const auto* model : {"whole", "apart", "apart/inner"}) {
        add(model, {{"x", {-1, 3}, "float32"}});
        const auto a = ask(R"({"x":[[1,2,3],[0,0,0]]})");
        EXPECT_THAT(a.result_json, HasSubstr(":[[8.0],[2.0]]}")) << model << ": " << a.message;
    }
    add("torn"); // a parameter's file is missing
    const auto a = ask(R"({"x":[[1,2,3]]})");
    EXPECT_EQ(a.code, service_code::worker_failed);
    EXPECT_THAT(a.message, testing::AllOf(HasSubstr("__model__ cannot be loaded"),
                                          HasSubstr("b_0 is missing")));
}

TEST_F(Paddle, declaration_that_does_not_fit_is_told) {
    make_small_models();
    const std::vector<std::tuple<std::vector<tensor_spec>, std::vector<tensor_spec>, std::string>>
        cases{{{{"c", {}, "float32"}}, {}, "no input `c`; its inputs are `a`, `b`"},
              {{{"a", {-1, 4}, "float32"}}, {}, "the model takes [-1, 3]"},
              {{{"b", {-1, 1}, "float32"}}, {}, "the model takes int64"},
              {{}, {{"y", {}, "float32"}}, "no output `y`"}};
    for (const auto& [inputs, outputs, says] : cases) {
        add("pair", inputs, outputs);
        const auto a = ask(R"({"a":[[1,2,3]],"b":[[4]]})");
        EXPECT_EQ(a.code, service_code::parameter_invalid);
        EXPECT_THAT(a.message, HasSubstr(says));
    }
}

TEST_F(Paddle, declared_outputs_are_compared_with_what_the_model_gives) {
    make_small_models();
    add("pair");
    const auto plain = ask(R"({"a":[[1,2,3]],"b":[[4]]})").result_json;
    const auto second = plain.find("\":[[10.0]]"); // the output of the sum
    ASSERT_NE(second, std::string::npos) << plain;
    const auto begin = plain.rfind('"', second - 1) + 1;
    const auto name = plain.substr(begin, second - begin);
    add("pair", {}, {{name, {-1, 1}, "float32"}});
    EXPECT_EQ(ask(R"({"a":[[1,2,3]],"b":[[4]]})").code, 0);
    add("pair", {}, {{name, {-1, 2}, "float32"}});
    EXPECT_THAT(ask("{}").message, HasSubstr("the model gives [1, 1]"));
    add("pair", {}, {{name, {-1, 1}, "int64"}});
    EXPECT_THAT(ask("{}").message, HasSubstr("the model gives float32"));
    add("pair", {{"a", {1, 3}, "float32"}}); // narrower than the model
    EXPECT_EQ(ask(R"({"a":[[1,2,3]],"b":[[4]]})").code, 0);
    EXPECT_THAT(ask(R"({"a":[[1,2,3],[1,2,3]],"b":[[4],[4]]})").message,
                HasSubstr("the service takes [1, 3]"));
}

TEST_F(Paddle, calls_that_arrive_together_are_computed_together) {
    make_small_models();
    serving_options waiting;
    waiting.batch_delay = patience; // so long that only a full batch goes
    waiting.max_batch = 8;
    const auto added = served.add(id, {at / "output/pair", "", {}, {}, {}, {}, waiting});
    ASSERT_TRUE(added);
    std::vector<std::future<answer>> answers;
    const auto send_next = [&] {
        const auto number = std::to_string(answers.size());
        answers.push_back(send("{\"a\":[[1,2," + number + "]],\"b\":[[4]]}"));
    };
    const auto await_all = [&] {
        for (std::size_t i = 0; i < answers.size(); ++i) {
            if (!answers[i].valid())
                continue; // an earlier one
            EXPECT_THAT(await(std::move(answers[i])).result_json,
                        HasSubstr("[[" + std::to_string(7 + i) + ".0]]"));
        }
    };
    while (answers.size() < 16)
        send_next();
    await_all();
    EXPECT_EQ(served.statistics(id).batches, 2);
    // The last call of a full batch is what the others of it wait for.
    while (answers.size() < 23)
        send_next();
    EXPECT_EQ(served.statistics(id).calls, 16);
    send_next();
    await_all();
    EXPECT_EQ(served.statistics(id).calls, 24);
    EXPECT_EQ(served.statistics(id).batches, 3);
}

TEST_F(Paddle, converter_written_for_fluid_is_accepted) {
    make_small_models();
    add("pair", {}, {}, R"(
import os
import sys
import numpy as np
import paddle.fluid as fluid
sys.path.append("..")
from home.utility import base64_to_image

def reader_infer(data_args):
    def reader():
        b = fluid.layers.data(name='b', shape=[1], dtype='int64')
        a = fluid.layers.data(name='a', shape=[3], dtype='float32')
        feeder = fluid.DataFeeder(place=fluid.CPUPlace(), feed_list=[b, a])
        return [[[int(data_args["B"])], [float(data_args["A"])] * 3]], feeder
    return reader

def output(results, data_args):
    return [{"predict": dt.tolist(), "of": data_args["A"]} for dt in results]
)");
    EXPECT_EQ(ask(R"({"A": "2", "B": 1})").result_json,
              R"([{"predict":[[4.0,4.0,4.0]],"of":"2"},{"predict":[[7.0]],"of":"2"}])");
}

/// What the platform's `home.utility` has; the image is one of two pixels in one row.
TEST_F(Paddle, converter_reads_images_sent_as_base64) {
    fs::create_directories(at / "output/size");
    std::ofstream(at / "output/size/model.py") << "def predict(data):\n    return data\n";
    const std::string png =
        "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAAAAADRSSBWAAAAC0lEQVR4nGM8wQAAAZYAyhQqAn"
        "YAAAAASUVORK5CYII=";
    const auto added = served.add(id, {at / "output/size",
                                       "model.py",
                                       {},
                                       {},
                                       R"(
from home.utility import base64_to_image

def reader_infer(data_args):
    return base64_to_image(data_args["image"]), None

def output(results, data_args):
    return [results.size, results.getpixel((0, 0))]
)",
                                       {}});
    ASSERT_TRUE(added) << added.error().message();
    const auto asked = [&](const std::string& image) { return ask("{\"image\":" + image + "}"); };
    const std::string wrapped = png.substr(0, 76) + "\\n" + png.substr(76);
    for (const auto& good : {png, "data:image/png;base64," + png, wrapped}) {
        const auto a = asked("\"" + good + "\"");
        EXPECT_EQ(a.result_json, "[[2,1],200]") << good << ": " << a.message;
    }
    const std::vector<std::pair<std::string, std::string>> bad{
        {"\"no base64!\"", "ValueError: base64_to_image got a text that is not base64"},
        {"\"" + png.substr(0, 41) + "\"", "ValueError: base64_to_image got a text that is not"},
        {"\"aGVsbG8=\"", "5 bytes that are no image"},
        {"\"\"", "0 bytes that are no image"},
        {"\"data:image/png," + png + "\"", "a data URI only as"},
        {"17", "TypeError: base64_to_image takes a text"}};
    for (const auto& [image, says] : bad) {
        const auto a = asked(image);
        EXPECT_EQ(a.code, service_code::converter_failed) << image;
        EXPECT_THAT(a.message,
                    testing::AllOf(HasSubstr("`reader_infer` failed in line 5"), HasSubstr(says)));
    }
}

/// Writes with the `onnx` package what `make_models` calls a pair, in two kinds.
constexpr auto make_onnx = R"(
import onnx
from onnx import TensorProto, helper

def save(name, rows):
    nodes = [helper.make_node('Add', ['a', 'a'], ['twice']),
             helper.make_node('MatMul', ['a', 'ones'], ['sum']),
             helper.make_node('Cast', ['b'], ['b_float'], to=TensorProto.FLOAT),
             helper.make_node('Add', ['sum', 'b_float'], ['total'])]
    graph = helper.make_graph(
        nodes, 'pair',
        [helper.make_tensor_value_info('a', TensorProto.FLOAT, [rows, 3]),
         helper.make_tensor_value_info('b', TensorProto.INT64, [rows, 1])],
        [helper.make_tensor_value_info('twice', TensorProto.FLOAT, [rows, 3]),
         helper.make_tensor_value_info('total', TensorProto.FLOAT, [rows, 1])],
        [helper.make_tensor('ones', TensorProto.FLOAT, [3, 1], [1.0, 1.0, 1.0])])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8), name)

import os
for folder, rows in (('any', 'n'), ('two', 2)):
    os.makedirs('output/' + folder)
    save(f'output/{folder}/model.onnx', rows)
)";

TEST_F(Paddle, onnx_model_is_served_alone_and_in_batches) {
    std::ofstream(at / "code/make.py") << make_onnx;
    run_job("python make.py");
    add("any", {{"b", {-1, 1}, "int64"}});
    std::vector<std::future<answer>> answers;
    for (int i = 0; i < 20; ++i)
        answers.push_back(send("{\"a\":[[1,2," + std::to_string(i) + "]],\"b\":[[4]]}"));
    for (int i = 0; i < 20; ++i) {
        const auto a = await(std::move(answers[i]));
        EXPECT_EQ(a.result_json, "{\"twice\":[[2.0,4.0," + std::to_string(2 * i) +
                                     ".0]],\"total\":[[" + std::to_string(7 + i) + ".0]]}")
            << a.message;
    }
    EXPECT_THAT(ask(R"({"a":[[1,2]],"b":[[4]]})").message, HasSubstr("the model takes [-1, 3]"));
    EXPECT_THAT(ask(R"({"a":[[1,2,3]]})").message, HasSubstr("`b` is missing"));
    add("two");
    EXPECT_THAT(ask(R"({"a":[[1,2,3],[0,0,0]],"b":[[4],[5]]})").result_json,
                HasSubstr("\"total\":[[10.0],[5.0]]"));
}

TEST_F(Paddle, damaged_onnx_model_says_so) {
    fs::create_directories(at / "output/bad");
    std::ofstream(at / "output/bad/model.onnx") << "no graph";
    add("bad");
    const auto a = ask("{}");
    EXPECT_EQ(a.code, service_code::worker_failed);
    EXPECT_THAT(a.message, HasSubstr("model.onnx cannot be loaded"));
}

TEST_F(Paddle, model_file_that_is_damaged_says_so) {
    fs::create_directories(at / "output/bad");
    std::ofstream(at / "output/bad/model.json") << "{\"base_code\":";
    std::ofstream(at / "output/bad/model.pdiparams") << "x";
    add("bad");
    const auto a = ask("{}");
    EXPECT_EQ(a.code, service_code::worker_failed);
    EXPECT_THAT(a.message, HasSubstr("model.json"));
}

TEST_F(Paddle, parameters_that_are_cut_off_fail_the_load_with_a_reason) {
    make_small_models();
    const auto params = at / "output/pair/model.pdiparams";
    fs::resize_file(params, fs::file_size(params) / 2);
    add("pair");
    auto told = std::make_shared<std::promise<answer>>();
    served.load(id, [told](answer a) { told->set_value(std::move(a)); });
    const auto a = await(told->get_future());
    EXPECT_EQ(a.code, service_code::worker_failed);
    EXPECT_FALSE(a.message.empty());
}

} // namespace
