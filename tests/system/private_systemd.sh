#!/bin/sh
# Boot a systemd of its own over a throw-away copy of this machine's files; test_service.py calls it in new namespaces.
# What it is given: SCRATCH (a folder), REPO (our sources), PREFIX (Python's own folder), SITE (packages of the venv),
# DEVICES (folder with the simulated ports), LANE (what /etc/lanectl shall hold), UNITS (units beside ours).
# Only the units named below exist in there: nothing of it touches the machine around it. Once it says "mounted", this
# machine allows all that is needed, and whatever fails after that is a fault.
set -eu

mount --make-rprivate /
mount -t tmpfs tmpfs "$SCRATCH"
mkdir "$SCRATCH/upper" "$SCRATCH/work" "$SCRATCH/root" "$SCRATCH/lane"
cp -a "$LANE/." "$SCRATCH/lane"
root=$SCRATCH/root
mount -t overlay -o "lowerdir=/,upperdir=$SCRATCH/upper,workdir=$SCRATCH/work" overlay "$root"

mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
for folder in run tmp dev var/lib; do mount -t tmpfs -o mode=755 tmpfs "$root/$folder"; done
chmod 1777 "$root/tmp"
mkdir "$root/dev/pts" "$root/dev/shm"
mount --bind /dev/pts "$root/dev/pts"
for device in null zero full random urandom tty; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done

echo mounted

# The program as docs/service.md has it installed: /opt/lanectl/venv. Its parts are bound there, wherever they really are.
mkdir -p "$root/opt/lanectl/python" "$root/opt/lanectl/source" "$root/opt/lanectl/venv/bin"
packages=opt/lanectl/venv/lib/python$VERSION/site-packages
mkdir -p "$root/$packages" "$root/srv/devices"
mount --bind "$SITE" "$root/$packages"
mount --bind "$REPO" "$root/opt/lanectl/source"
mount --bind "$DEVICES" "$root/srv/devices"
python=/usr/bin/python$VERSION
if [ "$PREFIX" != /usr ]; then
    mount --bind "$PREFIX" "$root/opt/lanectl/python"
    python=/opt/lanectl/python/bin/python$VERSION
fi
printf 'home = %s\ninclude-system-site-packages = false\n' "${python%/*}" >"$root/opt/lanectl/venv/pyvenv.cfg"
ln -s "$python" "$root/opt/lanectl/venv/bin/python3"
printf '#!/opt/lanectl/venv/bin/python3\nfrom lanectl.cli import main\nmain()\n' >"$root/opt/lanectl/venv/bin/lanectl"
chmod 755 "$root/opt/lanectl/venv/bin/lanectl"

systemd-sysusers --root="$root" "$REPO/systemd/lanectl.sysusers.conf"
systemd-tmpfiles --root="$root" --create "$REPO/systemd/lanectl.tmpfiles.conf"
cp -a "$SCRATCH/lane/"* "$root/etc/lanectl"
chroot "$root" chown -R root:lanectl /etc/lanectl
chroot "$root" chown lanectl /etc/lanectl/lane.key.pem
chmod -R g+rX "$root/etc/lanectl/"*
chmod 600 "$root/etc/lanectl/lane.key.pem"

mkdir -p "$root/run/units/lanectl.service.d"
cp "$REPO/systemd/lanectl.service" "$root/run/units"
cp /lib/systemd/system/systemd-journald.service /lib/systemd/system/systemd-journald.socket "$root/run/units"
cp -a "$UNITS/." "$root/run/units"
exec env -i container=oci PATH=/usr/sbin:/usr/bin:/sbin:/bin SYSTEMD_UNIT_PATH=/run/units \
    chroot "$root" /lib/systemd/systemd --system --unit=lane.target --log-target=journal --log-level=info --show-status=no
