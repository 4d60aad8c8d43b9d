// Logic without I/O, and packing.
#include <aistudio/impl/adaptive_limit.ipp>
#include <aistudio/impl/bce_auth.ipp>
#include <aistudio/impl/call_machine.ipp>
#include <aistudio/impl/classify.ipp>
#include <aistudio/impl/coalescer.ipp>
#include <aistudio/impl/digest.ipp>
#include <aistudio/impl/hedge_policy.ipp>
#include <aistudio/impl/http1_reader.ipp>
#include <aistudio/impl/http_message.ipp>
#include <aistudio/impl/latency_histogram.ipp>
#include <aistudio/impl/pool_machine.ipp>
#include <aistudio/impl/proxy.ipp>
#include <aistudio/impl/repeat.ipp>
#include <aistudio/impl/request_head.ipp>
#include <aistudio/impl/url.ipp>
#include <aistudio/impl/zip_packing.ipp>
