#pragma once

#include "local/jobs/workspace.hpp"

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// Jobs under bubblewrap.
namespace aistudio::local::jobs::sandbox {

/// The descriptor on which bubblewrap tells, as JSON documents, that it has started and how the
/// command ended.
inline constexpr int status_descriptor = 3;

/// Where a trial run failed; empty when bubblewrap works here. Tried once a process.
const std::string& why_unavailable();

/// What a job sees under bubblewrap.
/// @param packages  folder of those it asked for; empty: none.
layout layout_for(const workspace& files, const interpreter& python,
                  const std::filesystem::path& packages);

/// The command line that runs the job's command with nothing of the machine but the system
/// (read-only), the interpreter (read-only), the datasets (read-only, at both documented places),
/// the packages (read-only), the code and the output.
/// @param command  what `/bin/sh -c` is given.
std::vector<std::string> command_line(const process_spec& spec, const workspace& files,
                                      const interpreter& python,
                                      const std::filesystem::path& packages,
                                      const std::string& command);

/// The namespace's first process, which bubblewrap tells before it lets that process go on: when it
/// has ended, everything in the namespace has. Nothing when bubblewrap could not begin.
std::optional<pid_t> first_process(const std::string& status);

/// True when bubblewrap's status says that the command was started and ended; else the set-up
/// failed.
bool command_ended(const std::string& status);

} // namespace aistudio::local::jobs::sandbox
