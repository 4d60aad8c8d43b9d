"""A dataset, a job that reads it, its log as it grows, and its output."""

import pathlib
import tempfile

import aistudio
import aistudio.local


def main(folder: pathlib.Path) -> None:
    code = folder / "code"
    code.mkdir()
    (code / "count.sh").write_text("mkdir -p output; echo counting; seq 1 3 > output/lines\n")
    data = folder / "houses.csv"
    data.write_text("rooms,area\n3,70\n")

    with (
        aistudio.local.Studio() as studio,
        aistudio.Client(base_url=studio.base_url, access_token=studio.access_token) as client,
    ):
        dataset = client.datasets.create(name="houses", files=[data])
        project = client.projects.create(name="count", datasets=[dataset.id])
        job = client.jobs.submit(
            name="count", folder=code, command="sh count.sh", project=project.id
        )
        for chunk in client.jobs.follow_log(job.id):
            print(chunk.text, end="")
        job = client.jobs.wait(job.id, timeout=60)
        print("stage:", job.stage)
        for output in client.jobs.outputs(job.id):
            file = client.jobs.download_output(job.id, output.path, folder)
            print(output.path, "has", output.size, "bytes:", file.read_text().split())

        try:
            client.datasets.remove(dataset.id)  # the project still uses it
        except aistudio.ConflictError as error:
            print("refused:", error.code)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        main(pathlib.Path(temporary))
