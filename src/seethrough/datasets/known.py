"""The data sets known by name: what they hold, which files they are made of, and where these come from. No torch here."""

from dataclasses import dataclass

from seethrough.errors import unknown

WITHOUT_NETWORK = "without a network: digits, a folder of class folders, or an .npz"
DIGITS = tuple("0123456789")
CLASSES = {
    "mnist": DIGITS,
    "fashion-mnist": (
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
}
"""What the classes are called where the files do not say it."""


@dataclass(frozen=True)
class File:
    """A file a data set needs, from its folder on; one ending in .gz may lie unpacked beside, with so many bytes."""

    path: str
    md5: str = ""
    unpacked: int = 0


@dataclass(frozen=True)
class Download:
    """A file that is downloaded to a place under the root, and unpacked there if it ends in .tar.gz."""

    url: str
    path: str
    md5: str
    size: int


@dataclass(frozen=True)
class Known:
    """A data set known by name; one without downloads comes with what is installed.

    `layout` is what its folder holds and no other has; `lists` are files whose lines begin with the names of its pictures.
    """

    name: str
    says: str
    pictures: int
    classes: int
    size: str
    folder: str = ""
    layout: str = ""
    files: tuple[File, ...] = ()
    lists: tuple[str, ...] = ()
    downloads: tuple[Download, ...] = ()


def _idx(name: str, says: str, folder: str, url: str, *parts: tuple[str, str, int, int]) -> Known:
    files = tuple(File(f"raw/{file}.gz", md5, unpacked) for file, md5, _, unpacked in parts)
    downloads = tuple(Download(f"{url}{file}.gz", f"{folder}/raw/{file}.gz", md5, size) for file, md5, size, _ in parts)
    return Known(name, says, 70_000, 10, "28 x 28, grey", folder, "raw", files, (), downloads)


def _cifar(name: str, classes: int, folder: str, archive: Download, *files: tuple[str, str]) -> Known:
    needed = tuple(File(file, md5) for file, md5 in files)
    says = f"small photos of {classes} kinds of things and animals"
    return Known(name, says, 60_000, classes, "32 x 32, colour", folder, needed[0].path, needed, (), (archive,))


PETS = "https://www.robots.ox.ac.uk/~vgg/data/pets/data/"
TORONTO = "https://www.cs.toronto.edu/~kriz/"

KNOWN = {
    known.name: known
    for known in (
        Known("digits", "handwritten digits, 8 x 8 enlarged; with scikit-learn", 1797, 10, "28 x 28, grey"),
        _idx(
            "mnist",
            "handwritten digits",
            "MNIST",
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            ("train-images-idx3-ubyte", "f68b3c2dcbeaaa9fbdd348bbdeb94873", 9_912_422, 47_040_016),
            ("train-labels-idx1-ubyte", "d53e105ee54ea40749a09fcbcd1e9432", 28_881, 60_008),
            ("t10k-images-idx3-ubyte", "9fb629c4189551a2d022fa330f9573f3", 1_648_877, 7_840_016),
            ("t10k-labels-idx1-ubyte", "ec29112dd5afa0611ce80d1b7f02629c", 4_542, 10_008),
        ),
        _idx(
            "fashion-mnist",
            "clothes, shoes and bags, as large and as many as the digits of mnist",
            "FashionMNIST",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            ("train-images-idx3-ubyte", "8d4fb7e6c68d591d4c3dfef9ec88bf0d", 26_421_880, 47_040_016),
            ("train-labels-idx1-ubyte", "25c81989df183df01b3e8a0aad5dffbe", 29_515, 60_008),
            ("t10k-images-idx3-ubyte", "bef4ecab320f06d8554ea6380940ec79", 4_422_102, 7_840_016),
            ("t10k-labels-idx1-ubyte", "bb300cfdad3c16e7a12a480ee83cd310", 5_148, 10_008),
        ),
        _cifar(
            "cifar10",
            10,
            "cifar-10-batches-py",
            Download(
                f"{TORONTO}cifar-10-python.tar.gz",
                "cifar-10-python.tar.gz",
                "c58f30108f718f92721af3b95e74349a",
                170_498_071,
            ),
            ("data_batch_1", "c99cafc152244af753f735de768cd75f"),
            ("data_batch_2", "d4bba439e000b95fd0a9bffe97cbabec"),
            ("data_batch_3", "54ebc095f3ab1f0389bbae665268c751"),
            ("data_batch_4", "634d18415352ddfa80567beed471001a"),
            ("data_batch_5", "482c414d41f54cd18b22e5b47cb7c3cb"),
            ("test_batch", "40351d587109b95175f43aff81a1287e"),
            ("batches.meta", "5ff9c542aee3614f3951f8cda6e48888"),
        ),
        _cifar(
            "cifar100",
            100,
            "cifar-100-python",
            Download(
                f"{TORONTO}cifar-100-python.tar.gz",
                "cifar-100-python.tar.gz",
                "eb9058c3a382ffc7106e4002c42a8d85",
                169_001_437,
            ),
            ("train", "16019d7e3df5f24257cddd939b257f8d"),
            ("test", "f0ef6b0ae62326f3e7ffdfab6717acfc"),
            ("meta", "7973b15100ade9c7d40fb424638fde48"),
        ),
        Known(
            "oxford-pets",
            "photos of cats and dogs of 37 breeds",
            7349,
            37,
            "some 500 pixels, colour",
            "oxford-iiit-pet",
            "annotations",
            (File("annotations/trainval.txt"), File("annotations/test.txt")),
            ("annotations/trainval.txt", "annotations/test.txt"),
            (
                Download(
                    f"{PETS}images.tar.gz",
                    "oxford-iiit-pet/images.tar.gz",
                    "5c4f3ee8e5d25df40f4fd59a7f44e54c",
                    791_918_971,
                ),
                Download(
                    f"{PETS}annotations.tar.gz",
                    "oxford-iiit-pet/annotations.tar.gz",
                    "95a8c909bbe2e81eed6a22bccdf3f68f",
                    19_173_078,
                ),
            ),
        ),
    )
}
"""The data sets by name, in the order in which people should meet them."""


def known_set(name: str) -> Known:
    """Return the data set of that name, or raise the line with the closest.

    >>> known_set("mnist").pictures
    70000
    """
    if name not in KNOWN:
        raise unknown("data", name, KNOWN)
    return KNOWN[name]
