// A gigabyte over a line that is cut a hundred times, each way.

#include "support/cutting_proxy.hpp"
#include "support/temporary_folder.hpp"

#include <aistudio/local/studio.hpp>
#include <aistudio/protocol/digest.hpp>
#include <aistudio/protocol/url.hpp>
#include <aistudio/sync_client.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <random>
#include <string>

namespace aistudio::test {
namespace {

constexpr std::uint64_t mib = std::uint64_t{1} << 20U;
constexpr std::uint64_t size = 1024 * mib;
constexpr int cuts = 100;

/// From AISTUDIO_TEST_SEED, or fixed: the same cuts each time.
unsigned seed() {
    const char* text = std::getenv("AISTUDIO_TEST_SEED");
    return text != nullptr ? static_cast<unsigned>(std::stoul(text)) : 20261122;
}

/// Writes the file piece by piece; returns its SHA-256.
std::string make_file(const std::filesystem::path& file) {
    std::mt19937_64 random(seed());
    std::ofstream out(file, std::ios::binary);
    sha256 digest;
    std::string piece(mib, '\0');
    for (std::uint64_t at = 0; at < size; at += piece.size()) {
        for (std::size_t i = 0; i < piece.size(); i += sizeof(std::uint64_t)) {
            const std::uint64_t n = random();
            std::copy_n(reinterpret_cast<const char*>(&n), sizeof n,
                        &piece[i]); // NOLINT: its bytes
        }
        digest.update(piece);
        out.write(piece.data(), static_cast<std::streamsize>(piece.size()));
    }
    return digest.finish();
}

std::string digest_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    sha256 digest;
    std::string piece(mib, '\0');
    while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0)
        digest.update({piece.data(), static_cast<std::size_t>(in.gcount())});
    return digest.finish();
}

/// A hundred places within the first 97 percent, as distances.
std::deque<std::uint64_t> random_cuts(unsigned salt) {
    std::mt19937_64 random(seed() + salt);
    std::vector<std::uint64_t> places;
    for (int i = 0; i < cuts; ++i)
        places.push_back(random() % (size / 100 * 97));
    std::sort(places.begin(), places.end());
    std::deque<std::uint64_t> out;
    std::uint64_t last = 0;
    for (const auto place : places) {
        out.push_back(place - last);
        last = place;
    }
    return out;
}

std::uint64_t status_kib(std::string_view field) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(field))
            return std::stoull(line.substr(field.size() + 1));
    return 0;
}

/// How much memory the process needed at most since this was made, beyond what it had.
class peak_memory {
public:
    peak_memory() : before_(status_kib("VmRSS")) { std::ofstream("/proc/self/clear_refs") << "5"; }
    [[nodiscard]] std::uint64_t growth_mib() const {
        const auto peak = status_kib("VmHWM");
        return peak > before_ ? (peak - before_) / 1024 : 0;
    }

private:
    std::uint64_t before_;
};

class cut_transfers : public testing::Test {
protected:
    cut_transfers() : studio_(start(folder_ / "studio")), proxy_(port()), client_(options()) {
        std::cout << "seed " << seed() << "\n";
    }
    static local::studio start(const std::filesystem::path& folder) {
        local::studio_options o;
        o.directory = folder;
        return local::studio::start(o).value();
    }
    [[nodiscard]] std::uint16_t port() const { return parse_url(studio_.base_url())->port; }
    [[nodiscard]] client_options options() const {
        client_options o;
        o.base_url = proxy_.url();
        o.access_token = studio_.access_token();
        return o;
    }

    /// Downloads with one part and with four at a time, over a line that is cut.
    template <class Download>
    void downloads_arrive(const std::string& digest, unsigned salt, Download download) {
        for (const int parallel : {1, 4}) {
            transfer_options o;
            o.parallel = parallel;
            const auto target = folder_ / ("got" + std::to_string(parallel));
            proxy_.forget();
            proxy_.cut_after(random_cuts(salt));
            const peak_memory memory;
            const auto got = download(target, o);
            ASSERT_TRUE(got) << got.error().message();
            const auto down = proxy_.seen();
            EXPECT_EQ(down.cuts, cuts);
            EXPECT_LE(down.down, size / 100 * 105);
            EXPECT_LE(memory.growth_mib(), 64U);
            EXPECT_EQ(digest_of(*got), digest);
            std::filesystem::remove(target);
            std::cout << "down, " << parallel << " at a time: " << down.down / mib << " MiB, peak +"
                      << memory.growth_mib() << " MiB\n";
        }
    }

    temporary_folder folder_;
    local::studio studio_;
    cutting_proxy proxy_;
    sync_client client_;
};

TEST_F(cut_transfers, gigabyte_cut_a_hundred_times_arrives_each_way) {
    const auto file = folder_ / "file";
    const auto digest = make_file(file);
    new_dataset what;
    what.name = "d";
    what.files = {file};

    const transfer_options plain;
    const peak_memory up_memory;
    proxy_.cut_after(random_cuts(1));
    const auto made = client_.datasets().create(what);
    ASSERT_TRUE(made) << made.error().message();
    const auto up = proxy_.seen();
    EXPECT_EQ(up.cuts, cuts);
    EXPECT_EQ(made->files.at(0).sha256, digest);
    // Of each broken connection, the part that was on its way; and the heads of the requests.
    EXPECT_LE(up.up, size + static_cast<std::uint64_t>(up.open_at_cuts) * plain.part_size + mib);
    EXPECT_LE(up_memory.growth_mib(), 64U);
    std::cout << "up: " << up.up / mib << " MiB, " << up.open_at_cuts << " connections cut, peak +"
              << up_memory.growth_mib() << " MiB\n";

    downloads_arrive(digest, 2, [&](const std::filesystem::path& to, const transfer_options& o) {
        return client_.datasets().download(made->id, made->files.at(0).id, to, o);
    });
}

TEST_F(cut_transfers, gigabyte_of_a_repository_cut_a_hundred_times_arrives_each_way) {
    const auto file = folder_ / "file.bin"; // goes as a large file
    const auto digest = make_file(file);
    const repository_id id("local/large");
    client_.models().create({id, {}, {}, "MIT", true, repository_kind::model}).value();

    const transfer_options plain;
    const peak_memory up_memory;
    proxy_.cut_after(random_cuts(3));
    const auto made = client_.models().upload(id, {file, "", {}, {}, "", "", 4});
    ASSERT_TRUE(made) << made.error().message();
    const auto up = proxy_.seen();
    EXPECT_EQ(up.cuts, cuts);
    EXPECT_EQ(client_.models().file_info(id, "file.bin").value().sha256, digest);
    EXPECT_LE(up.up, size + static_cast<std::uint64_t>(up.open_at_cuts) * plain.part_size + mib);
    EXPECT_LE(up_memory.growth_mib(), 64U);
    std::cout << "up: " << up.up / mib << " MiB, " << up.open_at_cuts << " connections cut, peak +"
              << up_memory.growth_mib() << " MiB\n";

    downloads_arrive(digest, 4, [&](const std::filesystem::path& to, const transfer_options& o) {
        return client_.models().download(id, "file.bin", to, "", o);
    });
}

} // namespace
} // namespace aistudio::test
