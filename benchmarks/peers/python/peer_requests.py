"""requests with a session, blocking."""

import load
import requests


def make_call(opts):
    session = requests.Session()
    session.trust_env = False
    session.verify = opts.ca_file or True

    def call(body):
        answer = session.post(opts.full_url, data=body, headers=load.HEADERS)
        answer.raise_for_status()
        return answer.content

    return call


if __name__ == "__main__":
    load.run_blocking(make_call)
