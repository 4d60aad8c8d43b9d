// expect: explicit|could not convert|no viable conversion|conversion from
#include <aistudio/types/ids.hpp>

aistudio::dataset_id bare() {
#ifdef AISTUDIO_WRONG
    return 12;
#endif
    return aistudio::dataset_id{12};
}
