#pragma once

#include "local/jobs/interpreter.hpp"

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace aistudio::local::jobs {

/// What became of the packages that a job asked for.
struct packages_outcome {
    /// Holds them; empty when they could not be installed.
    std::filesystem::path folder;
    /// False when they had been installed before the job asked.
    bool installed_now = false;
    /// Why not, as a sentence.
    std::string message;
    /// What pip said then.
    std::string text;
};

/// Folders of installed packages, one for each set of requirements and interpreter. A folder gets
/// its name when it is complete, so a crash leaves no half one. Used on the thread of its
/// `io_context` only.
class package_cache {
public:
    using ready = std::function<void(const packages_outcome&)>;

    /// Empties what an interrupted installation left below `folder`, which need not exist.
    /// @param pip_options  for `pip install`, before the requirements.
    package_cache(boost::asio::io_context& io, std::filesystem::path folder,
                  std::vector<std::string> pip_options);
    ~package_cache();
    package_cache(const package_cache&) = delete;
    package_cache& operator=(const package_cache&) = delete;

    /// The folder, if it is there.
    [[nodiscard]] std::filesystem::path find(const interpreter& python,
                                             const std::vector<std::string>& requirements) const;

    /// Installs them, once for all who want the same, and calls `done` when that has ended, not
    /// before this returns. `who` is a name for `leave`.
    void want(const std::string& who, const interpreter& python,
              const std::vector<std::string>& requirements, ready done);

    /// `who` wants nothing any more and is not called. An installation that nobody wants is
    /// stopped.
    void leave(const std::string& who);

private:
    class installation;

    void finish(const std::string& key, packages_outcome outcome);

    boost::asio::io_context& io_;
    std::filesystem::path folder_;
    std::vector<std::string> pip_options_;
    std::map<std::string, std::shared_ptr<installation>> running_;
};

} // namespace aistudio::local::jobs
