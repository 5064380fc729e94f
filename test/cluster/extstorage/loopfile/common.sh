# An external storage provider for tests: volumes are files in the cluster's shared folder, attached as loop devices.
folder=/srv/ganeti/shared-file-storage/loopfile
file=$folder/$VOL_NAME
device() { losetup --noheadings --output NAME --associated "$file" | head -n 1; }
