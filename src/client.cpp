// Entry points, configuration and prediction.
#include <aistudio/impl/bulk_run.ipp>
#include <aistudio/impl/client.ipp>
#include <aistudio/impl/client_options.ipp>
#include <aistudio/impl/predictor.ipp>
#include <aistudio/impl/sync_client.ipp>
