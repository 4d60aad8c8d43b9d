#include <aistudio/impl/digest.ipp>
