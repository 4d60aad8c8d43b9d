// Sockets, TLS and the inside of a client.
#include <aistudio/impl/client_core.ipp>
#include <aistudio/impl/connection.ipp>
#include <aistudio/impl/http_transport.ipp>
