#include <aistudio/impl/bce_auth.ipp>
#include <aistudio/impl/digest.ipp>
#include <aistudio/impl/url.ipp>
#include <aistudio/impl/zip_folder.ipp>
