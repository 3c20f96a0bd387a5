"""Where sockets live."""

import pytest

from dam.settings import SOCKET_PATH_LIMIT, from_environment


@pytest.mark.parametrize("folder", ["/srv/acervo del año", "/srv/100%", "/srv/" + "a" * 90])
def test_sockets_live_in_a_short_plain_path_whatever_the_data_folder_is_called(folder):
    settings = from_environment({"DAM_DATA_DIR": folder})
    assert str(settings.redis_socket).isascii() and " " not in str(settings.redis_socket)
    assert len(str(settings.redis_socket)) <= SOCKET_PATH_LIMIT
    assert settings.private_redis


def test_two_archives_never_share_a_socket():
    one, two = (from_environment({"DAM_DATA_DIR": f"/srv/{'a' * 90}{n}"}) for n in (1, 2))
    assert one.run_dir != two.run_dir


def test_an_ordinary_data_folder_holds_its_own_sockets():
    assert from_environment({"DAM_DATA_DIR": "/srv/acervo"}).redis_socket.parent.parent.name == "acervo"
