// Operations on datasets, projects, jobs and services.
#include <aistudio/impl/datasets.ipp>
#include <aistudio/impl/jobs.ipp>
#include <aistudio/impl/projects.ipp>
#include <aistudio/impl/services.ipp>
