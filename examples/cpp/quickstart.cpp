#include <aistudio/aistudio.hpp>
#include <aistudio/local/studio.hpp>
#include <iostream>

struct house {
    double rooms, tax;
};
BOOST_DESCRIBE_STRUCT(house, (), (rooms, tax))

int main() {
    // A service on this machine; its answers come from a function.
    auto studio = aistudio::local::studio::start({.directory = "my-studio"}).value();
    auto service = studio.serve("prices", [](std::string_view json) {
        const house h = aistudio::from_json<house>(json).value();
        return aistudio::to_json(9.1 * h.rooms - 0.01 * h.tax - 33.2);
    });

    // On the cloud the next line is client.predictor(url, key); all else stays the same.
    aistudio::sync_client client;
    auto predictor = client.predictor(service.value()).value();
    auto price = predictor.predict<double>(house{6.575, 296});
    std::cout << (price ? std::to_string(*price) : price.error().message()) << '\n';
}
