// Operations on datasets, projects, jobs, services, models and faults; chat.
#include <aistudio/impl/chat.ipp>
#include <aistudio/impl/dataset_folder.ipp>
#include <aistudio/impl/datasets.ipp>
#include <aistudio/impl/disk_file.ipp>
#include <aistudio/impl/download.ipp>
#include <aistudio/impl/faults.ipp>
#include <aistudio/impl/jobs.ipp>
#include <aistudio/impl/models.ipp>
#include <aistudio/impl/projects.ipp>
#include <aistudio/impl/services.ipp>
#include <aistudio/impl/upload.ipp>
