// expect: secret
#include <aistudio/types/secret.hpp>

#include <string_view>

std::string_view text(const aistudio::secret& key) {
#ifdef AISTUDIO_WRONG
    return key;
#endif
    return key.reveal();
}
