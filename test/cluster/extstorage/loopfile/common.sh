# An external storage provider for tests: volumes are files in the cluster's shared directory, attached as loop devices.
directory=/srv/ganeti/shared-file-storage/loopfile
file=$directory/$VOL_NAME
device() { losetup --noheadings --output NAME --associated "$file" | head -n 1; }
