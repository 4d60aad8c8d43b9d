#pragma once

#include "local/serving/engine.hpp"

/// What can be said about a model without loading it.
namespace aistudio::local::serving::model_folder {

/// `engine::find_main_program`.
result<std::string> find_main_program(const std::filesystem::path& folder);

/// `engine::check`; the model with `main_program` filled in.
result<model_spec> check(model_spec model);

} // namespace aistudio::local::serving::model_folder
