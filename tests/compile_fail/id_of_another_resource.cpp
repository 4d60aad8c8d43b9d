// expect: dataset_id|dataset_tag
#include <aistudio/types/ids.hpp>

void remove(aistudio::dataset_id);

void caller(aistudio::dataset_id dataset, [[maybe_unused]] aistudio::project_id project) {
#ifdef AISTUDIO_WRONG
    remove(project);
#endif
    remove(dataset);
}
