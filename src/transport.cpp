// Sockets, TLS and the inside of a client.
#include <aistudio/impl/asio_engine.ipp>
#include <aistudio/impl/client_core.ipp>
#include <aistudio/impl/connection.ipp>
#include <aistudio/impl/epoll_driver.ipp>
#include <aistudio/impl/event_loop.ipp>
#include <aistudio/impl/exchange_engine.ipp>
#include <aistudio/impl/http_transport.ipp>
#include <aistudio/impl/prediction_calls.ipp>
#include <aistudio/impl/tls_session.ipp>
#include <aistudio/impl/uring_driver.ipp>
