const char a[] = {
#embed "nope"
};
int main(void) { return a[0]; }
