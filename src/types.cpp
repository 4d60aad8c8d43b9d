#include <aistudio/impl/error.ipp>
#include <aistudio/impl/timestamp.ipp>
