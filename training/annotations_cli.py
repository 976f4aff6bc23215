"""The command ``gongkai annotations``: check annotations, and exchange them with Label Studio."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from extractor.console import SOME_FAILED
from extractor.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from training.annotations import Rejected

annotations = typer.Typer(help="Check annotations, and exchange them with Label Studio.", no_args_is_help=True)


@annotations.command()
def check(
    paths: Annotated[
        list[Path], typer.Argument(help="Annotation files, and folders of them.", metavar="ANNOTATIONS...")
    ],
) -> None:
    """Check annotations; each that can't be used is listed with its reason, and the exit code is 1."""
    from training.annotations import load_corpus

    corpus = load_corpus(paths)
    typer.echo(f"可用 {len(corpus.reports)} 份，不可用 {len(corpus.rejected)} 份")
    _tell_rejected(corpus.rejected)


@annotations.command("export")
def export_(
    paths: Annotated[
        list[Path], typer.Argument(help="Annotation files, and folders of them.", metavar="ANNOTATIONS...")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The JSON file for Label Studio.")],
    config: Annotated[
        Path | None, typer.Option(help="Also write the labelling configuration (XML) of the project.")
    ] = None,
    drafts: Annotated[bool, typer.Option("--drafts", help="As predictions to be corrected.")] = False,
) -> None:
    """Write annotations as tasks for Label Studio."""
    from training.annotations import load_corpus
    from training.labelstudio import export_tasks, labelling_config

    corpus = load_corpus(paths, drafts=drafts)
    with writing(output):
        output.write_text(
            json.dumps(export_tasks(corpus.reports, predictions=drafts), ensure_ascii=False, indent=1), encoding="utf-8"
        )
    if config:
        with writing(config):
            config.write_text(labelling_config(), encoding="utf-8")
    typer.echo(f"{output}：{len(corpus.reports)} 份")
    _tell_rejected(corpus.rejected)


@annotations.command("import")
def import_(
    path: Annotated[Path, typer.Argument(help="A JSON export of Label Studio.", metavar="EXPORT")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder of the annotation files.")],
) -> None:
    """Turn an export of Label Studio into annotation files."""
    from training.annotations import dump, to_dict
    from training.labelstudio import import_tasks

    try:
        tasks = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}：无法读取（{error}）", code="input.labelstudio") from None
    found, rejected = import_tasks(tasks)
    output.mkdir(parents=True, exist_ok=True)
    for annotation in found:
        place = output / f"{Path(annotation.name).name}.json"
        with writing(place), place.open("x", encoding="utf-8") as file:
            file.write(dump(to_dict(annotation)))
    typer.echo(f"{output}：{len(found)} 份")
    _tell_rejected(rejected)


def _tell_rejected(rejected: "Iterable[Rejected]") -> None:
    items = list(rejected)
    for item in items:
        typer.echo(f"不可用：{item.name}：{item.reason}", err=True)
    if items:
        raise typer.Exit(SOME_FAILED)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an error of writing into one line."""
    try:
        yield
    except FileExistsError:
        raise InputError(f"{path}：文件已存在，不覆盖；请换一个文件夹", code="output.exists") from None
    except OSError as error:
        raise InputError(f"{path}：无法写入（{error.strerror}）", code="output.unwritable") from None
