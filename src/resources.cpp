// Operations on datasets, projects, jobs, services and faults.
#include <aistudio/impl/datasets.ipp>
#include <aistudio/impl/faults.ipp>
#include <aistudio/impl/jobs.ipp>
#include <aistudio/impl/projects.ipp>
#include <aistudio/impl/services.ipp>
