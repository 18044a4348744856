"""The errors of download links."""

from billing_api.errors import AppError, FieldError, InvalidInputError, Kind


class DownloadLinkGoneError(AppError):
    """The link has been used, or is more than a minute old, or its user has signed out; which of these is not said."""

    code, title, kind = "download_link_gone", "This download link is no longer valid", Kind.GONE
    cure = "Download the file again from the portal: a link opens it once, within a minute."

    def __init__(self) -> None:
        super().__init__(
            "A download link opens its file once, within a minute. Go back to the portal and download the file again."
        )


class TargetNotAFileError(InvalidInputError):
    """The target is no file of this API, or its query is not one that the file takes."""

    def __init__(self) -> None:
        super().__init__(
            FieldError("/target", "not_a_file", "Name the path of a PDF or CSV file, with the query that it takes")
        )
